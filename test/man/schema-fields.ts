/**
 * The fields of a zod schema as a man page's field table has them. Owns the walk through the JSON
 * Schema that zod makes of it; reads no page.
 */
import { z } from 'zod';

interface Node {
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly properties?: Readonly<Record<string, Node>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Node | undefined;
  readonly oneOf?: readonly Node[] | undefined;
  /** A field of several types. */
  readonly anyOf?: readonly Node[] | undefined;
}

const NODE: z.ZodType<Node> = z.looseObject({
  type: z.string().optional(),
  format: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), NODE).optional();
  },
  get items() {
    return NODE.optional();
  },
  get oneOf() {
    return z.array(NODE).optional();
  },
  get anyOf() {
    return z.array(NODE).optional();
  },
});

export interface SchemaField {
  /** `streams[].ageMs.p50`. */
  readonly path: string;
  /** text, time, number, true or false, array, object. */
  readonly type: string;
  /** yes, no, or the codec of the form that needs it. */
  readonly must: string;
  /** What the words must name: the values of an enumeration, the ends of a range. */
  readonly values: readonly string[];
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  boolean: 'true or false',
};
/** An enumeration of more than this is documented elsewhere: the error codes. */
const SHORT_ENUM = 8;
/** A larger bound is no use to a reader: 2^32-1, 2^53-1, an hour in ms. */
const TELLING_BOUND = 1_000_000;

export function nodeOf(schema: z.ZodType): Node {
  return NODE.parse(z.toJSONSchema(schema));
}

/** All fields, those of inner objects after the field that holds them. */
export function schemaFields(node: Node, before = ''): SchemaField[] {
  const { properties = {}, required = [], oneOf } = node;
  if (oneOf !== undefined) return unionFields(oneOf, before);
  return Object.entries(properties).flatMap(([name, inner]) => {
    const path = `${before}${name}`;
    const items = inner.items === undefined ? [] : schemaFields(inner.items, `${path}[].`);
    return [
      field(path, inner, required.includes(name) ? 'yes' : 'no'),
      ...items,
      ...schemaFields(inner, `${path}.`),
    ];
  });
}

/** A field that all forms have is there once; the others are those of one `codec`. */
function unionFields(forms: readonly Node[], before: string): SchemaField[] {
  const codec = (form: Node): unknown => form.properties?.['codec']?.const;
  return [
    {
      path: `${before}codec`,
      type: 'text',
      must: 'yes',
      values: forms.map((form) => String(codec(form))),
    },
    ...forms.flatMap((form) =>
      schemaFields(form, before)
        .filter(({ path }) => path !== `${before}codec`)
        .map((each) => ({ ...each, must: String(codec(form)) })),
    ),
  ];
}

function field(path: string, node: Node, must: string): SchemaField {
  const forms = node.anyOf?.map((form) => field(path, form, must));
  if (forms !== undefined) {
    const type = forms.map((form) => form.type).join(' or ');
    return { path, type, must, values: forms.flatMap(({ values }) => values) };
  }
  const { type, format, minimum = 0, maximum = Infinity } = node;
  const values = node.const === undefined ? (node.enum ?? []) : [node.const];
  const bounds = [
    ...(minimum > 1 ? [minimum] : []),
    ...(maximum <= TELLING_BOUND ? [maximum] : []),
  ];
  return {
    path,
    type: format === 'date-time' ? 'time' : (TYPES[type ?? ''] ?? type ?? 'object'),
    must,
    values: [...(values.length > SHORT_ENUM ? [] : values), ...bounds].map(String),
  };
}

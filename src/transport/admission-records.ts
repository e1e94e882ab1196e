/**
 * Control records of who one is and of being let in. Owns their schemas; control.ts has them among all
 * others.
 */
import { z } from 'zod';

const text = z.string().max(10_000);

export const ROLES = ['host', 'present', 'watch'] as const;

/** Key and signature are base64url without padding; what is wrong with them is a refusal's matter. */
export const credentials = z.object({
  /** Ed25519 public key, 32 bytes. */
  key: z.string().max(64).optional(),
  /** Over TLS: of the channel's exporter. In plain it comes in `proof`. */
  signature: z.string().max(128).optional(),
  /** `ID.SECRET`. */
  invite: z.string().max(128).optional(),
});

/** In plain, to a client that named its key: what it is to sign. 32 bytes, base64url. */
export const challenge = z.object({ type: z.literal('challenge'), nonce: z.string().max(64) });

/** The answer: 64 bytes, base64url. */
export const proof = z.object({ type: z.literal('proof'), signature: z.string().max(128) });

/** Not let in yet: somebody has to. Until `welcome` or `refused` comes nothing may be sent. */
export const waiting = z.object({
  type: z.literal('waiting'),
  message: text,
  /** Of the client's key as the daemon sees it, for people to compare. */
  fingerprint: text.optional(),
});

export const ADMISSION_ACTIONS = ['admit', 'refuse', 'forget'] as const;

/** From a host: lets in or turns away one who waits, or forgets a key. Answered with `done`. */
export const admission = z.object({
  type: z.literal('admission'),
  id: z.int().min(0),
  action: z.enum(ADMISSION_ACTIONS),
  /** Name, number, fingerprint or address. */
  target: text,
  role: z.enum(ROLES).optional(),
});

/** From a host: makes an invite, or revokes one. Answered with `done`. */
export const invite = z.object({
  type: z.literal('invite'),
  id: z.int().min(0),
  action: z.enum(['create', 'revoke']),
  /** Of the invite that is revoked. */
  target: text.optional(),
  role: z.enum(ROLES).optional(),
  room: text.optional(),
  expiresMs: z.int().min(1).max(315_360_000_000).optional(),
  /** For one key, or one session, only. */
  once: z.boolean().optional(),
});

export type Role = (typeof ROLES)[number];
export type Credentials = z.infer<typeof credentials>;
export type Waiting = z.infer<typeof waiting>;
export type AdmissionRecord = z.infer<typeof admission>;
export type AdmissionAction = AdmissionRecord['action'];
export type InviteRecord = z.infer<typeof invite>;

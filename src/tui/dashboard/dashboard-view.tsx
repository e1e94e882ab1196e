/**
 * The dashboard as Ink components: bars, tiles, panels and what stands over them. Owns the places of
 * all these; what they say is made by the *-lines modules, and no picture passes through here.
 */
import { Box, Text, Transform } from 'ink';
import type { ReactElement } from 'react';
import { useSyncExternalStore } from 'react';

import { footerLine, headerLine } from './bar-lines.js';
import type { DashboardState } from './dashboard-state.js';
import { focusedTile, layoutFor, pageTiles } from './dashboard-state.js';
import { dialogLines } from './dialog-lines.js';
import type { KeyCommands } from './key-commands.js';
import type { Layout } from './layout.js';
import { namesLines } from './names-lines.js';
import type { Painter } from './paint.js';
import { chatLines, rosterLines } from './panel-lines.js';
import type { StateStore } from './state-store.js';
import { tileLines } from './tile-lines.js';
import { useKeys } from './use-keys.js';

interface ViewProps {
  readonly store: StateStore;
  readonly commands: KeyCommands;
  readonly painter: Painter;
}

interface PartProps {
  readonly state: DashboardState;
  readonly layout: Layout;
  readonly painter: Painter;
}

/** The whole screen; reads keys while it is mounted. */
export function DashboardView({ store, commands, painter }: ViewProps): ReactElement {
  const state = useSyncExternalStore(store.subscribe, store.shown);
  useKeys(commands);
  const layout = layoutFor(state);
  const { columns, rows, kind } = layout;
  if (kind === 'nothing') return <Text> </Text>;
  if (kind === 'names') return <Lines lines={namesLines(state, painter)} columns={columns} />;
  const parts = { state, layout, painter };
  return (
    <Box width={columns} height={rows} flexDirection="column">
      <Lines lines={[headerLine(state, painter)]} columns={columns} />
      <Box width={columns} height={layout.mainRows}>
        {layout.mainColumns > 0 ? <Tiles {...parts} /> : null}
        {layout.sideColumns > 0 ? <Side {...parts} /> : null}
      </Box>
      <Lines lines={[footerLine(state, painter)]} columns={columns} />
      <DialogBox {...parts} />
    </Box>
  );
}

function Tiles({ state, layout, painter }: PartProps): ReactElement {
  const { grid, mainColumns, mainRows } = layout;
  const tiles = pageTiles(state, layout);
  const focused = focusedTile(state);
  if (tiles.length === 0) return <Empty {...{ state, layout, painter }} />;
  const rowsOfTiles = Array.from({ length: grid.down }, (_, row) =>
    tiles.slice(row * grid.across, (row + 1) * grid.across),
  );
  return (
    <Box width={mainColumns} height={mainRows} flexDirection="column">
      {rowsOfTiles.map((row, down) => (
        <Box key={down} height={row.length === 0 ? 0 : grid.tileRows} columnGap={1}>
          {row.map((tile, across) => (
            <Lines
              key={tile.key}
              columns={grid.tileColumns}
              lines={tileLines(tile, {
                columns: grid.tileColumns,
                rows: grid.tileRows,
                number: down * grid.across + across + 1,
                focused: tile === focused,
                slot: state.slots.get(tile.key),
                painter,
              })}
            />
          ))}
        </Box>
      ))}
    </Box>
  );
}

/** Nobody shares anything: says so, and how to begin. */
function Empty({ state, layout, painter }: PartProps): ReactElement {
  const lines = ['Nobody else shares anything yet.'];
  if (!state.rights.share) lines.push('To share: meet share --screen --host THIS-HOST');
  return (
    <Box
      width={layout.mainColumns}
      height={layout.mainRows}
      flexDirection="column"
      alignItems="center"
      justifyContent="center"
    >
      {lines.map((line) => (
        <Text key={line} wrap="truncate">
          {painter.paint(line, 'dim')}
        </Text>
      ))}
    </Box>
  );
}

function Side({ state, layout, painter }: PartProps): ReactElement {
  const { sideColumns, rosterRows, chatRows, mainColumns } = layout;
  // Beside tiles a line sets the panel apart; alone it has the whole width.
  const lead = mainColumns > 0 ? `${painter.paint(painter.marks.bar, 'dim')} ` : ' ';
  const columns = sideColumns - 3;
  const lines = [
    ...(rosterRows > 0 ? rosterLines(state.people, columns, rosterRows, painter) : []),
    ...(chatRows > 0 ? chatLines(state.chat, columns, chatRows, painter) : []),
  ];
  return <Lines lines={lines.map((line) => `${lead}${line}`)} columns={sideColumns} />;
}

function DialogBox({ state, layout, painter }: PartProps): ReactElement | null {
  const { columns, rows } = layout;
  const dialog = dialogLines(state, painter, columns, rows);
  if (dialog === undefined) return null;
  return (
    <Box
      position="absolute"
      marginLeft={Math.max(0, Math.floor((columns - dialog.columns) / 2))}
      marginTop={Math.max(0, Math.floor((rows - dialog.lines.length) / 2))}
    >
      <Lines lines={dialog.lines} columns={dialog.columns} />
    </Box>
  );
}

interface LinesProps {
  readonly lines: readonly string[];
  readonly columns: number;
}

/**
 * Lines that are exactly as wide as said, one below the other. Ink lays out blanks of that size, which
 * the lines take the place of when the frame is put together: it remembers every text that it measured
 * for ever, so that figures and clocks would fill the memory, and measuring is half of a commit.
 */
function Lines({ lines, columns }: LinesProps): ReactElement {
  return (
    <Box width={columns} height={lines.length} flexShrink={0}>
      <Transform transform={(blank, row) => lines[row] ?? blank}>
        {blanks(columns, lines.length)}
      </Transform>
    </Box>
  );
}

function blanks(columns: number, rows: number): string {
  return Array.from({ length: rows }, () => ' '.repeat(Math.max(0, columns))).join('\n');
}

/**
 * A recording's side towards the disk, whatever its format. Owns the interface between the life of a
 * recording and what writes its files; does nothing itself.
 */

/** Rejections are MeetErrors or system errors; they stop the recording until `goOn` says true. */
export interface RecordingDisk {
  /** The newest folder or file; before there is one, the folder where it belongs. */
  readonly path: string;
  /** All of them, oldest first. */
  readonly paths: readonly string[];
  /** Files of which a sync failed, relative to the newest of `paths` or to its folder. */
  readonly suspectFiles: readonly string[];
  /** Frames that are on disk and cannot be found there yet. */
  readonly pendingFrames: number;
  readonly pendingBytes: number;
  readonly unsyncedPictures: number;
  readonly isOpen: boolean;
  /** Makes what is to be written to, unless that is open. */
  open(): Promise<unknown>;
  /** Writes some of what waits in the intake. */
  writeTurn(): Promise<void>;
  /** Each second: everything is still there, the disk has room, what was written is synced. */
  lookAfter(): Promise<void>;
  /** Ends what cannot go on for a while without a disk. Never rejects. */
  pause(): Promise<void>;
  /**
   * Whether writing can go on after a failure of `failedBytes`; a mark says so then. `wasFull`: the
   * fault was a lack of room. Rejects when the disk is still bad.
   */
  goOn(wasFull: boolean, failedBytes: number, atUs: number): Promise<boolean>;
  /** Writes what still can be written, syncs and closes. Rejects after it has closed. */
  end(endedAtUs: number): Promise<void>;
}

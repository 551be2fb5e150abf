/** What a run depends on besides its data and its configuration. */
export interface Machine {
  /** `20.19.2`. */
  readonly node: string;
  /** Version of the time zone data, `2025b`. */
  readonly timezoneData: string;
  readonly cores: number;
  /** What the process may take: of the machine, or of the container that it runs in. */
  readonly memoryBytes: number;
  readonly temporaryFolder: string;
  /** Of the file system that holds the folder, or would. */
  readonly freeBytes: (folder: string) => number;
  /** The folder, or the nearest one above it that is there. */
  readonly isWritable: (folder: string) => boolean;
}

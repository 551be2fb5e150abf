/** CONTRACT §3: what a command ended with, and what to do. */
export const EXIT_CODE_WORDS = {
  0: 'Done. Of commands that judge: every gate passes.',
  1: 'A gate failed or lacks data, or two versions differ by more than was allowed. The result is there; it is not promoted. “xim show” and the report say which gate, “xim explain GATE” what it asks.',
  2: 'The command line or the configuration is wrong: the message names the option or key and the value found. “xim config --show-origin” says where each value comes from.',
  3: 'Input is missing or cannot be used: the message names the file, column or row. “xim doctor” says what a run would read.',
  4: 'A computation did not come to an end that can be trusted, such as a solver that did not converge. Nothing was published.',
  10: 'There is no such store or version: “xim list” shows what there is.',
  11: 'Another process writes to the store. Wait for it, pass --lock-timeout, or “xim unlock” if that process is gone.',
  12: 'The store is corrupt: an object or manifest does not have its digest, a signature is missing or of other bytes, or something in it is a symbolic link. “xim verify” says which; restore it, or calibrate again with --force.',
  13: 'No trading day: there is nothing to do for that date, such as a holiday.',
  70: 'A bug in xim. Please report it with the command, the configuration and the stack on stderr.',
  74: 'The environment: no space, no permission, a read-only folder, a limit of the machine or the process (ulimit -a), or a store that was removed meanwhile: the message names the path and the limit. What was half written is gone or will be collected; run again when it is mended.',
  130: 'Interrupted from the keyboard (SIGINT). The store is whole; run again.',
  143: 'Ended by the system or a scheduler (SIGTERM). The store is whole; run again.',
} as const;

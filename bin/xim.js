#!/usr/bin/env node
/** The program cannot be loaded: it is not whole, or the machine does not let it be read. CONTRACT: 74, never Node's own 1. */
function refuse(error) {
  process.stderr.write(
    `error: xim cannot be loaded: ${error?.message ?? error}\n  check its files and the limits of the process, or install it again\n`,
  );
  process.exit(74);
}

const { main } = await import('../dist/cli/main.js').catch(refuse);
await main(process.argv.slice(2));

/** Installs a missing server, but only where nobody's machine is changed: as root inside a Debian-like container. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

function firstProcess(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim();
  } catch {
    // Without /proc nothing says that this is a container.
    return 'init';
  }
}

function isContainer(): boolean {
  const isMarked = existsSync('/.dockerenv') || existsSync('/run/.containerenv') || Boolean(process.env.container);
  return isMarked || !['systemd', 'init'].includes(firstProcess());
}

/** Why nothing may be installed here, or undefined when it may. */
export function whyNotInstall(): string | undefined {
  if (!existsSync('/etc/debian_version')) return 'not a Debian-like system, so nothing is installed';
  if (process.getuid?.() !== 0) return 'not root, so nothing is installed';
  return isContainer() ? undefined : 'not a container, so nothing is installed';
}

function aptGet(...args: string[]): void {
  const { status, error, stderr } = spawnSync('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`apt-get ${args[0]} failed: ${stderr.trim().split('\n').slice(-3).join(' ')}`);
}

/** Announces on stderr what it installs, then installs it. */
export function install(packages: readonly string[]): void {
  process.stderr.write(`tests: installing ${packages.join(', ')} with apt-get (root in a container, none found)\n`);
  aptGet('update');
  aptGet('install', '-y', '--no-install-recommends', ...packages);
}

/** What the server, the driver or the network says of a failure. */
export interface PostgresErrorFacts {
  /** The SQLSTATE, or a code of Node such as ECONNRESET. */
  readonly code: string | undefined;
  readonly message: string;
  /** FATAL or PANIC: the server ends the session. */
  readonly fatal: boolean;
  readonly detail: string | undefined;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  /** The function of the server that failed: unlike its messages, never translated. */
  readonly routine: string | undefined;
}

export function postgresFacts(error: unknown): PostgresErrorFacts {
  const text = (name: string): string | undefined => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const code = text('code');
  return {
    code,
    message: text('message') ?? String(error),
    // Servers translate the severity too, so that the codes of what ends a session have to be known as well.
    fatal:
      text('severity') === 'FATAL' || text('severity') === 'PANIC' || /^(?:57P0[1-5]|25P0[34]|08...)$/.test(code ?? ''),
    detail: text('detail'),
    constraint: text('constraint'),
    table: text('table'),
    column: text('column'),
    routine: text('routine'),
  };
}

/** A prepared statement whose result would have other columns now, or that the session has lost (DISCARD, a pooler). */
export function isStalePlan(error: unknown): boolean {
  const { code, routine } = postgresFacts(error);
  return (code === '0A000' && routine === 'RevalidateCachedQuery') || code === '26000';
}

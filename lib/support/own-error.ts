/**
 * The same error once more, with a stack of its own: for each of several callers whom one failure concerns. To be called
 * in an async function that the caller awaits, so that the caller's line is on the stack.
 */
export function ownError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const own = new Error(error.message);
  Object.setPrototypeOf(own, Object.getPrototypeOf(error));
  for (const key of Reflect.ownKeys(error)) {
    const property = Object.getOwnPropertyDescriptor(error, key);
    if (key !== 'stack' && property !== undefined) Object.defineProperty(own, key, property);
  }
  // Only now does the first line of the stack name the class.
  Error.captureStackTrace(own, ownError);
  return own;
}

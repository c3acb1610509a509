import { Halted } from '../../errors/callback.ts';

/**
 * Stops a save or destroy from inside a callback: what was written is rolled back, and the call rejects with
 * RecordNotSaved (`AR_RECORD_NOT_SAVED`) or RecordNotDestroyed (`AR_RECORD_NOT_DESTROYED`), which have the reason.
 *
 * ```ts
 * class Invoice extends BaseModel.with({ … }) {
 *   override beforeDestroy() {
 *     if (this.sentAt !== null) halt('it has been sent');
 *   }
 * }
 * ```
 *
 * @param reason - why, for whoever reads the error
 * @throws Halted (`AR_HALTED`), which is what arrives where there is nothing to stop
 */
export function halt(reason: string): never {
  throw new Halted(typeof reason === 'string' && reason !== '' ? reason : 'no reason was given');
}

// engine_script.ts: what comes with the engine's script, in one go, once the first screen is drawn.
export { readChangeSet } from '../../../peer/change_set_reader.ts';
export { readInvite } from '../../../peer/enrolment.ts';
export { Phone } from '../../../peer/phone.ts';

import { loadSqlEngine } from '../core/store/sqlView.ts';
import { assets } from './assets.ts';

/** SQLite. It begins to load with this file: V8 compiles it in other threads while this one runs the rest of the code. */
export const engine = loadSqlEngine(assets.wasm());

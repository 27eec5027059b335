import { memoryStore } from '../../src/store/memory.ts';
import { storeContract } from '../contract/store.ts';

storeContract('the memory store', () => memoryStore());

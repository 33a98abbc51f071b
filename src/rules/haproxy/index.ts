import type { RuleInfo } from '../rule';
import { conformance } from './conformance';

/** Every rule over HAProxy files. */
export const haproxyRules: readonly RuleInfo[] = [...conformance];

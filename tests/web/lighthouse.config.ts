// `scripts/lighthouse.sh`: numbers are printed, nothing is asserted.
import base from "./bench.config";

export default { ...base, testDir: "lighthouse", testMatch: "*.run.ts" };

// A line for the run's log, which `alog plugin test` shows; in native tests, for standard error.
import host from "activity-log:filter/log@1.0.0";

export const log = (line) => host.line(line);

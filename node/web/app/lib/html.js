// The one library of the pages (vendor/NOTICE.txt), under the names that all modules use.
export { html, render, useState, useEffect, useRef, useMemo, useCallback, useErrorBoundary } from "../vendor/preact.js";

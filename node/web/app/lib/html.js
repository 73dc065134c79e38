// The one library of the pages (vendor/NOTICE.txt), under the names that all modules use.
export { html, render, useState, useEffect, useRef, useMemo, useErrorBoundary } from "../vendor/preact.js";

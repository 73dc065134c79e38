#!/usr/bin/env python3
# Reads the first QR code of an SVG file, a page with one in it, or terminal lines, as a scanner would, and prints
# what it says.   qr_read.py FILE     The reading is zbar's (libzbar0), so the writer does not judge itself.
import ctypes, re, sys

text = open(sys.argv[1], encoding="utf-8").read()
svg = re.search(r'<svg class="qr".*?</svg>', text, re.S)
if svg:
    svg = svg.group(0)
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg).group(1))
    dark = [[False] * side for _ in range(side)]
    path = re.search(r'fill="#000" d="([^"]*)"', svg).group(1)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        for i in range(int(run)):
            dark[int(y)][int(x) + i] = True
else:
    halves = {"█": (False, False), "▀": (False, True), "▄": (True, False), " ": (True, True)}
    dark = []
    for line in re.findall("\033\\[97;40m([^\033]*)\033\\[0m", text):
        pairs = [halves[c] for c in line]
        dark += [[p[0] for p in pairs], [p[1] for p in pairs]]
    side = len(dark[0]) if dark else 0

SCALE = 5
grey = bytearray()
for row in dark:
    line = b"".join((b"\0" if d else b"\xff") * SCALE for d in row)
    grey += line * SCALE

z = ctypes.CDLL("libzbar.so.0")
for name in ("zbar_image_scanner_create", "zbar_image_create", "zbar_image_first_symbol", "zbar_symbol_get_data"):
    getattr(z, name).restype = ctypes.c_void_p
z.zbar_symbol_get_data_length.restype = ctypes.c_uint
scanner = ctypes.c_void_p(z.zbar_image_scanner_create())
image = ctypes.c_void_p(z.zbar_image_create())
z.zbar_image_set_format(image, ctypes.c_ulong(0x30303859))  # "Y800": a byte for each point
z.zbar_image_set_size(image, ctypes.c_uint(side * SCALE), ctypes.c_uint(len(dark) * SCALE))
points = bytes(grey)  # zbar keeps the pointer only
z.zbar_image_set_data(image, points, ctypes.c_ulong(len(grey)), None)
if z.zbar_scan_image(scanner, image) != 1:
    sys.exit("qr_read: no code, or more than one")
symbol = ctypes.c_void_p(z.zbar_image_first_symbol(image))
data = ctypes.string_at(z.zbar_symbol_get_data(symbol), z.zbar_symbol_get_data_length(symbol))
sys.stdout.buffer.write(data)

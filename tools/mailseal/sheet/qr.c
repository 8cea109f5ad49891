/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/sheet/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

#include "tools/mailseal/base/tool.h"

#define QUIET 4 /* light modules around a code (ISO/IEC 18004 6.3.8) */

static QRcode *
encode(const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

	if (code == NULL)
		tool_error("cannot create the QR code: %s", strerror(errno));
	return code;
}

static bool
is_dark(const QRcode *code, int x, int y)
{
	return x >= 0 && y >= 0 && x < code->width && y < code->width &&
	       (code->data[y * code->width + x] & 1) != 0;
}

/* One path with a horizontal stroke for each run of dark modules. */
bool
qr_put_svg(FILE *to, const char *text)
{
	QRcode *code = encode(text);
	const int size = code == NULL ? 0 : code->width + 2 * QUIET;

	if (code == NULL)
		return false;
	fprintf(to, "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
	        "shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"QR code\">"
	        "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"", size, size, size, size);
	for (int y = 0; y < code->width; y++) {
		for (int x = 0; x < code->width; x++) {
			int run = 0;

			while (is_dark(code, x + run, y))
				run++;
			if (run > 0)
				fprintf(to, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
			x += run;
		}
	}
	fputs("\"/></svg>", to);
	QRcode_free(code);
	return true;
}

/* One character shows two modules, the upper and the lower one. */
bool
qr_put_blocks(FILE *to, const char *text, const char *indent)
{
	static const char *const blocks[] = { " ", "\xe2\x96\x80", "\xe2\x96\x84", "\xe2\x96\x88" };
	QRcode *code = encode(text);

	if (code == NULL)
		return false;
	for (int y = 0; y < code->width; y += 2) {
		fputs(indent, to);
		for (int x = 0; x < code->width; x++)
			fputs(blocks[(is_dark(code, x, y) ? 1 : 0) + (is_dark(code, x, y + 1) ? 2 : 0)], to);
		fputc('\n', to);
	}
	QRcode_free(code);
	return true;
}

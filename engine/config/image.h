/* SPDX-License-Identifier: Apache-2.0
 *
 * image.h - configuration, keys and seed of one device, in one piece of memory.
 *
 *	open -> find, entry ...
 *
 * `mailseal image` makes it, a board maps it or reads it. Numbers are little-endian, offsets count
 * from the start of the image:
 *
 *	 0   8  magic "SEALIMG" 0x1a
 *	 8   4  format version, 1
 *	12   4  length of the image, a multiple of 8; more memory may follow
 *	16  32  SHA-256 of all bytes from 48 to the end
 *	48  32  seed: secret, another one for each device
 *	80   4  number of entries
 *	84   4  zero
 *	88  16  for each entry: name offset, name length, data offset, data length
 *
 * The rest is name, data, name, data ... in the order of the entries. Each begins right
 * after the one before it, at the next multiple of 8, and zeros lie between: so nothing
 * overlaps and nothing is hidden. The entry "config" is the configuration text; each key
 * has the name that the configuration gives it, and is in its expanded form (port/mbedtls/keygen.h)
 * or DER; a board reads PEM too.
 *
 * Nothing is copied: every span lies in the memory given to open, which must not change.
 * The digest finds damage, it is no signature: write access to the flash is control of the device.
 */
#ifndef SEAL_CONFIG_IMAGE_H
#define SEAL_CONFIG_IMAGE_H

#include "engine/base/span.h"

#define SEAL_IMAGE_VERSION      1u
#define SEAL_IMAGE_ALIGN        8u
#define SEAL_IMAGE_MAGIC_LEN    8u
#define SEAL_IMAGE_DIGEST_AT    16u  /* SEAL_SHA256_LEN bytes                       */
#define SEAL_IMAGE_SEED_AT      48u  /* also where the digest begins                */
#define SEAL_IMAGE_SEED_LEN     32u
#define SEAL_IMAGE_HEADER_LEN   88u
#define SEAL_IMAGE_ENTRY_LEN    16u
#define SEAL_IMAGE_ENTRIES_MAX  64u  /* bounds the search for a duplicate name      */
#define SEAL_IMAGE_NAME_MAX     255u

/* The field that is wrong. Whatever damage does, it is one of the first five; the others
 * are the fault of the program that made the image. */
enum seal_image_fault {
	SEAL_IMAGE_FINE,
	SEAL_IMAGE_SHORT,           /* the memory is smaller than a header                    */
	SEAL_IMAGE_MAGIC,           /* no image, or erased                                    */
	SEAL_IMAGE_VERSION_UNKNOWN,
	SEAL_IMAGE_LENGTH,          /* under a header, over the memory, no multiple of 8      */
	SEAL_IMAGE_DIGEST,          /* damaged                                                */
	SEAL_IMAGE_SEED,            /* all bytes are the same                                 */
	SEAL_IMAGE_RESERVED,        /* not zero                                               */
	SEAL_IMAGE_COUNT,           /* no entry, over SEAL_IMAGE_ENTRIES_MAX, past the end    */
	SEAL_IMAGE_NAME_OFFSET,     /* overlaps, leaves a gap, no multiple of 8, past the end */
	SEAL_IMAGE_NAME_LENGTH,     /* 0, over SEAL_IMAGE_NAME_MAX, past the end              */
	SEAL_IMAGE_NAME_TEXT,       /* a control character                                    */
	SEAL_IMAGE_NAME_TWICE,
	SEAL_IMAGE_DATA_OFFSET,     /* as SEAL_IMAGE_NAME_OFFSET                              */
	SEAL_IMAGE_DATA_LENGTH,     /* 0, past the end                                        */
	SEAL_IMAGE_PADDING,         /* not zero                                               */
	SEAL_IMAGE_REST,            /* bytes after the last entry                             */
	SEAL_IMAGE_NO_CONFIG        /* no entry "config"                                      */
};

/* The field and what is wrong with it, NUL-ended, for "image: %s". */
const char *seal_image_fault_text(enum seal_image_fault fault);

struct seal_image {
	struct seal_span octets;    /* the image, without the memory after it        */
	struct seal_span seed;      /* SEAL_IMAGE_SEED_LEN bytes                     */
	struct seal_span config;
	size_t num_entries;
	size_t bad_entry;           /* of a fault from NAME_OFFSET to PADDING: where */
};

/* Check the whole image at the start of `memory`, so that nothing can fail later. After
 * a fault only bad_entry may be read. Work: one pass over the image, and for the names
 * the square of their number. */
enum seal_image_fault seal_image_open(struct seal_image *image, struct seal_span memory);

/* The data of the entry called `name`, byte for byte; false: none has that name. */
bool seal_image_find(const struct seal_image *image, struct seal_span name, struct seal_span *data);

/* The entry at `index`; false: the image has fewer entries. */
bool seal_image_entry(const struct seal_image *image, size_t index, struct seal_span *name,
                      struct seal_span *data);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * options.h - the options and arguments of a command as rows, with one function that reads them. Usage line, help,
 * manual page and completion are made from the same rows.
 */
#ifndef TOOLS_BASE_OPTIONS_H
#define TOOLS_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
	OPT_END,
	OPT_FLAG,    /* bool                                              */
	OPT_STRING,  /* const char *                                      */
	OPT_NUMBER,  /* uint64_t from min to max                          */
	OPT_CHOICE,  /* unsigned: the index of the word in `words`        */
	OPT_LIST,    /* struct option_list; may be repeated               */
	OPT_VALUE,   /* any type that `take` writes                       */
	OPT_GROUP    /* `rows`, whose members are in a struct at `offset` */
};

enum option_flag {
	OPT_REQUIRED = 1,
	OPT_REPEATED = 2,        /* OPT_VALUE: `take` is called for each value             */
	OPT_BARE = 4,            /* OPT_VALUE: "--wait" or "--wait=VALUE"; NULL if bare    */
	OPT_IF_EXISTS = 8        /* the fallback is a file, used only if it exists         */
};

/* Reads one value into the request; false: reported. `what` is "--option" or the name of the argument. */
typedef bool (*option_take)(const char *text, const char *what, void *member);

/* Initialize the first five members by position, the others by name. */
struct option_row {
	const char *name;        /* without "--"; NULL: an argument, in the order of the rows */
	char letter;             /* 0: none */
	enum option_kind kind;
	size_t offset;           /* in the request */
	const char *value;       /* "FILE", "DOMAIN"; NULL for a flag */

	const char *text;        /* for the help: sentences; for a group, its heading */
	const char *fallback;    /* value if the option is not given */
	uint64_t min, max;       /* of a number; of a list, the maximal length, 0: any */
	const char *const *words;
	option_take take;
	const struct option_row *rows;
	unsigned flags;
};

struct option_list {
	const char **items;
	size_t num;
};

#define OPTIONS_END { .kind = OPT_END }

/* --config is the same everywhere. The second macro is for commands that can also run without a configuration. */
#define CONFIG_DEFAULT "gateway.conf"
extern const char config_default[];
#define OPTION_CONFIG_FILE(type, member, help) \
	{ "config", 'c', OPT_STRING, offsetof(type, member), "CONF", .text = (help), .fallback = config_default }
#define OPTION_CONFIG_FILE_IF_EXISTS(type, member, help) \
	{ "config", 'c', OPT_STRING, offsetof(type, member), "CONF", .text = (help), .fallback = config_default, \
	  .flags = OPT_IF_EXISTS }

/* The same as an argument; config_named returns the one that was given. */
#define OPTION_CONFIG_ARGUMENT(type, member) \
	{ NULL, 0, OPT_STRING, offsetof(type, member), "CONF", .text = "The same as --config." }
#define config_named(argument, config) ((argument) != NULL ? (argument) : (config))

/* Reads argv into the request, which must be all zero. *json is set if --json was given; without `has_json` it is
 * unknown. Returns false on an error (reported). Call options_free in any case. */
bool options_read(const struct option_row *rows, bool has_json, int argc, char **argv, void *request, bool *json);
void options_free(const struct option_row *rows, void *request);

/* Visits all rows; those of a group come in its place, with `group` set to its row. */
struct option_walk {
	const struct option_row *row, *group;
	const struct option_row *next, *after;
	size_t base;             /* of the struct that the row's offset counts from */
};
struct option_walk options_walk(const struct option_row *rows);
bool options_step(struct option_walk *w);

/* True if the path comes from the default, not from the command line. */
bool config_is_default(const char *config);

#endif

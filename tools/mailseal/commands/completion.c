/* SPDX-License-Identifier: Apache-2.0
 *
 * completion.c - print what makes a shell complete mailseal's commands, options and their values.
 *
 * Values are listed as words, or as @file and @domain, which the shells know how to find.
 */
#include "tools/mailseal/commands/completion.h"

#include <string.h>

#include "tools/mailseal/base/config_keys.h"
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/tool.h"

static const char *const shells[] = {
	[COMPLETION_BASH] = "bash", [COMPLETION_ZSH] = "zsh", [COMPLETION_FISH] = "fish", NULL
};

static const struct option_row options[] = {
	{ NULL, 0, OPT_CHOICE, offsetof(struct completion_request, shell), "SHELL",
	  .text = "The shell that reads it.", .words = shells, .flags = OPT_REQUIRED },
	OPTIONS_END
};

/* --- what the rows give -------------------------------------------------------------- */

typedef void (*command_visitor)(FILE *to, const struct tool_command *c);

static void
for_each_command(FILE *to, command_visitor visit)
{
	for (const struct tool_group *g = tool_groups; g->title != NULL; g++) {
		for (size_t i = 0; g->commands[i] != NULL; i++)
			visit(to, g->commands[i]);
	}
}

static bool
is_first_with_word(const struct tool_command *c)
{
	const size_t len = strcspn(c->name, " ");

	for (const struct tool_group *g = tool_groups; g->title != NULL; g++) {
		for (size_t i = 0; g->commands[i] != NULL; i++) {
			if (strncmp(g->commands[i]->name, c->name, len) == 0 &&
			    strcspn(g->commands[i]->name, " ") == len)
				return g->commands[i] == c;
		}
	}
	return false;
}

static bool
names_file(const char *value)
{
	return strstr(value, "FILE") != NULL || strcmp(value, "CONF") == 0 || strcmp(value, "FOLDER") == 0 ||
	       strcmp(value, "DIR") == 0;
}

static bool
names_client(const struct option_row *row)
{
	return row->name != NULL && strcmp(row->name, "from-client") == 0;
}

static void
put_config_keys(FILE *to)
{
	for (size_t i = 0; i < num_config_keys; i++)
		fprintf(to, "%s%s", i == 0 ? "" : " ", config_keys[i].name);
}

static void
put_values(FILE *to, const struct option_row *row)
{
	for (size_t i = 0; row->words != NULL && row->words[i] != NULL; i++)
		fprintf(to, " %s", row->words[i]);
	if (row->value != NULL && names_file(row->value))
		fputs(" @file", to);
	if (row->value != NULL && strstr(row->value, "DOMAIN") != NULL)
		fputs(" @domain", to);
	if (names_client(row))
		fputs(" @client", to);
}

/* --- bash and zsh: one table ---------------------------------------------------------- */

static void
put_first_word(FILE *to, const struct tool_command *c)
{
	if (is_first_with_word(c))
		fprintf(to, " %.*s", (int)strcspn(c->name, " "), c->name);
}

static const char *second_of;

static void
put_second_word(FILE *to, const struct tool_command *c)
{
	const size_t len = strcspn(c->name, " ");

	if (c->name[len] == ' ' && strncmp(c->name, second_of, len) == 0 && strcspn(second_of, " ") == len)
		fprintf(to, " %s", c->name + len + 1);
}

static void
put_second_words(FILE *to, const struct tool_command *c)
{
	const size_t len = strcspn(c->name, " ");

	if (c->name[len] == '\0' || !is_first_with_word(c))
		return;
	fprintf(to, "    '%.*s:words') echo", (int)len, c->name);
	second_of = c->name;
	for_each_command(to, put_second_word);
	fputs(" ;;\n", to);
}

static void
put_row(FILE *to, const struct tool_command *c, const struct option_row *row)
{
	if (row->name == NULL || row->kind == OPT_FLAG || (row->flags & OPT_BARE) != 0)
		return;
	fputs("    ", to);
	if (row->letter != 0)
		fprintf(to, "'%s:-%c' | ", c->name, row->letter);
	fprintf(to, "'%s:--%s') echo @value", c->name, row->name);
	put_values(to, row);
	fputs(" ;;\n", to);
}

static void
put_command(FILE *to, const struct tool_command *c)
{
	struct option_walk walk = options_walk(c->options);

	fprintf(to, "    '%s:options') echo --help%s", c->name, c->json != NULL ? " --json" : "");
	while (options_step(&walk)) {
		if (walk.row->name != NULL && walk.row->letter != 0)
			fprintf(to, " -%c", walk.row->letter);
		if (walk.row->name != NULL)
			fprintf(to, " --%s", walk.row->name);
	}
	fprintf(to, " ;;\n    '%s:arguments') echo", c->name);
	for (walk = options_walk(c->options); options_step(&walk); ) {
		if (walk.row->name == NULL)
			put_values(to, walk.row);
	}
	fputs(" ;;\n", to);
	for (walk = options_walk(c->options); options_step(&walk); )
		put_row(to, c, walk.row);
}

static void
put_table(FILE *to)
{
	fputs("_mailseal_table() {\n    case $1:$2 in\n    ':words') echo help --version", to);
	for_each_command(to, put_first_word);
	fputs(" ;;\n", to);
	for_each_command(to, put_second_words);
	for_each_command(to, put_command);
	fputs("    'config:words') echo ", to);
	put_config_keys(to);
	fputs(" ;;\n", to);
	fputs("    esac\n}\n\n"
	      "# The words that complete what follows the given ones; @file stands for the names of files.\n"
	      "_mailseal_words() {\n"
	      "    local conf=gateway.conf name last='' list word\n"
	      "    [ \"$1\" != help ] || { shift; [ \"$1\" != --json ] || shift; }\n"
	      "    list=$(_mailseal_table '' words)\n"
	      "    [ $# != 0 ] || { echo $list; return; }\n"
	      "    name=$1\n"
	      "    list=$(_mailseal_table \"$name\" words)\n"
	      "    shift\n"
	      "    if [ -n \"$list\" ]; then\n"
	      "        [ $# != 0 ] || { echo $list; return; }\n"
	      "        name=\"$name $1\"\n"
	      "        shift\n"
	      "    fi\n"
	      "    for word; do\n"
	      "        case $last in -c | --config) conf=$word ;; esac\n"
	      "        last=$word\n"
	      "    done\n"
	      "    list=\n"
	      "    [ -z \"$last\" ] || list=$(_mailseal_table \"$name\" \"$last\")\n"
	      "    case $list in\n"
	      "    @value*) list=${list#@value} ;;\n"
	      "    *) list=\"$(_mailseal_table \"$name\" options) $(_mailseal_table \"$name\" arguments)\" ;;\n"
	      "    esac\n"
	      "    case $list in\n"
	      "    *@domain*) list=\"${list%@domain*} ${list##*@domain} $(sed -n \\\n"
	      "        's/^[[:space:]]*\\[domain[[:space:]]\\{1,\\}\\([A-Za-z0-9._-]\\{1,\\}\\)"
	      "[[:space:]]*\\].*/\\1/p' \\\n"
	      "        2>/dev/null <\"$conf\" | tr '\\n' ' ')\" ;;\n"
	      "    *@client*) list=\"${list%@client*} ${list##*@client} $(sed -n \\\n"
	      "        's/^[[:space:]]*\\[client[[:space:]]\\{1,\\}\\([A-Za-z0-9._-]\\{1,\\}\\)"
	      "[[:space:]]*\\].*/\\1/p' \\\n"
	      "        2>/dev/null <\"$conf\" | tr '\\n' ' ')\" ;;\n"
	      "    esac\n"
	      "    echo \"$list\"\n"
	      "}\n\n", to);
}

static void
put_bash(FILE *to)
{
	fputs("# Completion of mailseal for bash: mailseal completion bash >/etc/bash_completion.d/mailseal\n\n", to);
	put_table(to);
	fputs("_mailseal() {\n"
	      "    local IFS=$' \\t\\n' cur=${COMP_WORDS[COMP_CWORD]} words word\n"
	      "    local -a list\n"
	      "    words=$(_mailseal_words \"${COMP_WORDS[@]:1:COMP_CWORD-1}\")\n"
	      "    COMPREPLY=()\n"
	      "    if [[ $words == *@file* ]]; then\n"
	      "        words=${words//@file/}\n"
	      "        compopt -o filenames 2>/dev/null\n"
	      "        [[ $cur == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "    fi\n"
	      "    # Not compgen -W: it would expand the words, and some come from a file.\n"
	      "    read -r -d '' -a list <<<\"$words\"\n"
	      "    for word in \"${list[@]}\"; do\n"
	      "        [[ $word == -* && $cur != -* || $word != \"$cur\"* ]] || COMPREPLY+=(\"$word\")\n"
	      "    done\n"
	      "}\n"
	      "complete -F _mailseal mailseal\n", to);
}

static void
put_zsh(FILE *to)
{
	fputs("#compdef mailseal\n"
	      "# Completion of mailseal for zsh: mailseal completion zsh >_mailseal, in a folder of fpath\n\n", to);
	put_table(to);
	fputs("_mailseal() {\n"
	      "    local list=\"$(setopt sh_word_split; _mailseal_words \"${(@)words[2,CURRENT-1]}\")\"\n"
	      "    local -a found\n"
	      "    found=(${=list//@file/})\n"
	      "    [[ ${words[CURRENT]} == -* ]] || found=(${found:#-*})\n"
	      "    [[ $list != *@file* || ${words[CURRENT]} == -* ]] || _files\n"
	      "    [[ $#found == 0 ]] || compadd -- $found\n"
	      "}\n"
	      "compdef _mailseal mailseal\n", to);
}

/* --- fish ---------------------------------------------------------------------------- */

/* The first sentence, as 'TEXT'. */
static void
put_description(FILE *to, const char *text)
{
	const char *const end = strstr(text, ". ");
	const size_t len = end != NULL ? (size_t)(end - text) : strlen(text);

	fputs(" -d '", to);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'' || text[i] == '\\')
			fputc('\\', to);
		if (text[i] != '.' || i + 1 < len)
			fputc(text[i], to);
	}
	fputc('\'', to);
}

static void
put_fish_values(FILE *to, const struct option_row *row)
{
	const bool file = row->value != NULL && names_file(row->value);
	const bool domain = row->value != NULL && strstr(row->value, "DOMAIN") != NULL;

	fputs(row->name == NULL ? (file ? " -F" : "") : row->kind == OPT_FLAG || (row->flags & OPT_BARE) != 0 ? ""
	      : file ? " -r -F" : " -x", to);
	if (row->words == NULL && !domain && !names_client(row))
		return;
	fputs(" -a '", to);
	for (size_t i = 0; row->words != NULL && row->words[i] != NULL; i++)
		fprintf(to, "%s%s", i == 0 ? "" : " ", row->words[i]);
	fputs(domain ? "(__mailseal_names domain)'" : names_client(row) ? "(__mailseal_names client)'" : "'", to);
}

static void
put_fish_command(FILE *to, const struct tool_command *c)
{
	const char *const space = strchr(c->name, ' ');
	struct option_walk walk;

	if (space == NULL)
		fprintf(to, "complete -c mailseal -n '__mailseal_after' -a '%s'", c->name);
	else
		fprintf(to, "complete -c mailseal -n '__mailseal_after %.*s' -a '%s'", (int)(space - c->name), c->name,
		        space + 1);
	put_description(to, c->summary);
	fputc('\n', to);
	if (space != NULL && is_first_with_word(c))
		fprintf(to, "complete -c mailseal -n '__mailseal_after' -a '%.*s'\n", (int)(space - c->name), c->name);
	if (c->json != NULL)
		fprintf(to, "complete -c mailseal -n '__mailseal_in %s' -l json -d 'Print a JSON document'\n", c->name);
	for (walk = options_walk(c->options); options_step(&walk); ) {
		fprintf(to, "complete -c mailseal -n '__mailseal_in %s'", c->name);
		if (walk.row->name != NULL)
			fprintf(to, " -l %s", walk.row->name);
		if (walk.row->name != NULL && walk.row->letter != 0)
			fprintf(to, " -s %c", walk.row->letter);
		put_fish_values(to, walk.row);
		put_description(to, walk.row->text);
		fputc('\n', to);
	}
}

static void
put_fish(FILE *to)
{
	fputs("# Completion of mailseal for fish:\n"
	      "# mailseal completion fish >~/.config/fish/completions/mailseal.fish\n\n"
	      "function __mailseal_words\n"
	      "    set -l words (commandline -opc)\n"
	      "    set -e words[1]\n"
	      "    test \"$words[1]\" = help; and set -e words[1]\n"
	      "    string join \\n -- $words\n"
	      "end\n"
	      "# These words and no more are given.\n"
	      "function __mailseal_after\n"
	      "    set -l words (__mailseal_words)\n"
	      "    test (count $words) = (count $argv) -a \"$words\" = \"$argv\"\n"
	      "end\n"
	      "# The command is this one.\n"
	      "function __mailseal_in\n"
	      "    set -l words (__mailseal_words)\n"
	      "    test (count $words) -ge (count $argv); or return 1\n"
	      "    set -l first $words[1..(count $argv)]\n"
	      "    test \"$first\" = \"$argv\"\n"
	      "end\n"
	      "function __mailseal_names\n"
	      "    set -l conf gateway.conf\n"
	      "    set -l words (commandline -opc)\n"
	      "    for i in (seq 2 (count $words))\n"
	      "        contains -- $words[(math $i - 1)] -c --config; and set conf $words[$i]\n"
	      "    end\n"
	      "    string replace -rf '^\\s*\\['$argv[1]'\\s+([A-Za-z0-9._-]+)\\s*\\].*' '$1' <$conf 2>/dev/null\n"
	      "end\n\n"
	      "complete -c mailseal -f\n"
	      "complete -c mailseal -n '__mailseal_after' -a 'help' -d 'Show options and effects of a command'\n"
	      "complete -c mailseal -n '__mailseal_after' -l version -d 'Print the version'\n", to);
	fputs("complete -c mailseal -n '__mailseal_after config' -a '", to);
	put_config_keys(to);
	fputs("'\n", to);
	for_each_command(to, put_fish_command);
}

int
completion(const struct completion_request *r, struct result *result)
{
	static void (*const puts[])(FILE *to) = {
		[COMPLETION_BASH] = put_bash, [COMPLETION_ZSH] = put_zsh, [COMPLETION_FISH] = put_fish
	};

	puts[r->shell](result->text);
	return TOOL_OK;
}

static int
start(const void *request, struct result *result)
{
	return completion(request, result);
}

const struct tool_command tool_completion = {
	.name = "completion", .summary = "Print the completion for a shell",
	.options = options, .request_size = sizeof(struct completion_request), .start = start,
	.help =
		"The shell then completes commands, options, their values, and the domains of gateway.conf or of\n"
		"the configuration that -c names.\n"
		"\n"
		"  mailseal completion bash >/etc/bash_completion.d/mailseal\n"
		"  mailseal completion zsh >/usr/local/share/zsh/site-functions/_mailseal\n"
		"  mailseal completion fish >~/.config/fish/completions/mailseal.fish\n"
};

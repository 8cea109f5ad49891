/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/bundle/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void
run(const struct tool_command *command, char **arguments, int output, int messages)
{
	int count = 0;
	int code = TOOL_IO;

	while (arguments[count] != NULL)
		count++;
	if (dup2(output, STDOUT_FILENO) >= 0 && dup2(messages, STDERR_FILENO) >= 0) {
		optind = 0; /* getopt begins anew */
		code = command_run(command, count - 1, arguments + 1);
	}
	if (fflush(stdout) != 0)
		code = TOOL_IO;
	_exit(code);
}

static bool
read_back(FILE *f, struct tool_text *text)
{
	rewind(f);
	text->ptr = tool_allocate(CAPTURE_MAX);
	text->len = fread(text->ptr, 1, CAPTURE_MAX, f);
	return ferror(f) == 0;
}

static bool
run_into(const struct tool_command *command, char **arguments, struct captured *c, FILE *output, FILE *messages)
{
	int status = 0;
	pid_t pid;

	if (fflush(stdout) != 0)
		return false;
	pid = fork();
	if (pid == 0)
		run(command, arguments, fileno(output), fileno(messages));
	while (pid > 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return false;
	}
	c->code = pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : TOOL_IO;
	return pid > 0 && WIFEXITED(status) && read_back(output, &c->output) && read_back(messages, &c->messages);
}

int
capture(const struct tool_command *command, char **arguments, struct captured *c)
{
	FILE *const output = tmpfile();
	FILE *const messages = tmpfile();
	bool ok;

	*c = (struct captured){ .code = TOOL_IO };
	ok = output != NULL && messages != NULL && run_into(command, arguments, c, output, messages);
	if (!ok)
		tool_error("mailseal %s cannot be run: %s", command->name, strerror(errno));
	if (output != NULL)
		(void)fclose(output);
	if (messages != NULL)
		(void)fclose(messages);
	return ok ? TOOL_OK : TOOL_IO;
}

void
captured_free(struct captured *c)
{
	free(c->output.ptr);
	free(c->messages.ptr);
}

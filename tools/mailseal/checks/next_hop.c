/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/next_hop.h"

static void
ask_for_term(const char *host, const char *how)
{
	struct spf_address address;
	const bool is_address = spf_address_parse(seal_span_text(host), &address);

	if (is_address)
		tool_error("next-hop %s is an address, which does not identify the servers that deliver the mail; find "
		           "out the public address that receivers see in Received, or the include: that the provider "
		           "documents", host);
	else
		tool_error("next-hop %s is not a known mail service; find out the include: that its provider "
		           "documents, or the public address from which it sends", host);
	tool_error("then pass it as %s", how);
}

const struct spf_host *
next_hop_service(const struct config_file *file, const char *how)
{
	const struct spf_host *service = NULL;
	char host[DNS_NAME_SIZE];

	if (file->config.gateway.next_hop.host.len == 0) {
		tool_error("next-hop: cannot be read from the configuration; use %s", how);
		return NULL;
	}
	if (name_copy(host, file->config.gateway.next_hop.host))
		service = spf_host_find(host);
	if (service == NULL) {
		ask_for_term(host, how);
	} else if (service->term == NULL) {
		tool_error("next-hop %s: %s does not need a term in your SPF record: %s", host, service->service,
		           service->note);
		return NULL;
	} else if (service->note != NULL) {
		tool_note(NULL, "%s of %s: %s", service->term, service->service, service->note);
	}
	return service;
}

static int
find_senders(struct spf_sender *senders, size_t num, const struct config_file *file)
{
	static const char how[] = "--sends-from include:NAME or --sends-from ADDRESS";
	const struct spf_host *const service = next_hop_service(file, how);

	for (size_t i = 0; service != NULL && i < num; i++) {
		if (senders[i].is_next_hop)
			(void)spf_sender_parse(service->term, &senders[i]);
	}
	return service != NULL ? TOOL_OK : TOOL_USAGE;
}

bool
next_hop_read_senders(const struct option_list *values, struct spf_sender *senders)
{
	for (size_t i = 0; i < values->num; i++) {
		if (spf_sender_parse(values->items[i], &senders[i]))
			continue;
		tool_error("--sends-from: expected an address, include:NAME or next-hop, found %s", values->items[i]);
		return false;
	}
	return true;
}

int
next_hop_senders(struct spf_sender *senders, size_t num, const char *config)
{
	struct config_file file;
	bool wanted = false;
	int code;

	for (size_t i = 0; i < num; i++)
		wanted = wanted || senders[i].is_next_hop;
	if (!wanted)
		return TOOL_OK;
	if (config == NULL) {
		tool_error("--sends-from %s: needs --config CONF, which names the next hop", SPF_NEXT_HOP);
		return TOOL_USAGE;
	}
	code = config_file_load_again(&file, config);
	if (code == TOOL_OK)
		code = find_senders(senders, num, &file);
	config_file_free(&file);
	return code;
}

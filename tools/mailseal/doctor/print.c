/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/mailseal/doctor/doctor.h"

static void
print_visible(FILE *to, const char *before, const char *text, const char *after)
{
	char *const visible = text_visible(seal_span_text(text));

	fprintf(to, "%s%s%s", before, visible, after);
	free(visible);
}

static void
print_signature(FILE *to, const struct doctor *d, size_t i)
{
	const struct signature *const s = &d->signatures[i];

	fprintf(to, "signature %zu  %s", i + 1, signature_result_text(s->result));
	print_visible(to, "  d=", s->domain, "");
	print_visible(to, " s=", s->selector, "");
	fprintf(to, " a=%s\n             body %s, header %s, key record %s, %s\n", s->algorithm,
	        signature_check_text(s->body), signature_check_text(s->header), s->key,
	        d->aligned[i] ? "aligned with From" : "not aligned with From");
}

static void
print_results(FILE *to, const struct results *r)
{
	fprintf(to, "receiver     %s:", r->server);
	for (size_t i = 0; i < r->num; i++)
		fprintf(to, "%s %s=%s", i > 0 ? "," : "", r->list[i].method, r->list[i].result);
	fprintf(to, "%s\n", r->num == 0 ? " nothing" : "");
}

void
doctor_print(FILE *to, const struct doctor *d)
{
	fprintf(to, "From         %s\n", d->from[0] != '\0' ? d->from : "not exactly one domain");
	for (size_t i = 0; i < d->num_signatures; i++)
		print_signature(to, d, i);
	fprintf(to, "spf          %s", d->spf);
	if (d->spf_client[0] != '\0')
		fprintf(to, "  %s", d->spf_client);
	if (d->spf_domain[0] != '\0')
		print_visible(to, " for ", d->spf_domain, "");
	fprintf(to, "\ndmarc        %s", d->dmarc);
	if (d->walk.policy != NULL)
		fprintf(to, "  record at _dmarc.%s", d->walk.policy->domain);
	fputc('\n', to);
	for (size_t i = 0; i < d->num_results; i++)
		print_results(to, &d->results[i]);
	fputc('\n', to);
	diagnoses_print(to, &d->diagnoses, "");
	if (diagnoses_count(&d->diagnoses, SEVERITY_ERROR) == 0)
		fprintf(to, "No errors found.\n");
}

static json_t *
signatures_json(const struct doctor *d)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < d->num_signatures; i++) {
		const struct signature *const s = &d->signatures[i];

		json_array_append_new(list, json_pack(
			"{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "domain",
			report_text_json(text_visible(seal_span_text(s->domain))), "selector",
			report_text_json(text_visible(seal_span_text(s->selector))), "algorithm", s->algorithm,
			"result", signature_result_text(s->result), "body", signature_check_text(s->body), "header",
			signature_check_text(s->header), "key", s->key, "aligned", d->aligned[i], "expired",
			s->expired));
	}
	return list;
}

static json_t *
properties_json(const struct results_one *one)
{
	json_t *const object = json_object();

	for (size_t i = 0; i < one->num_properties; i++)
		json_object_set_new(object, one->properties[i].name, json_string(one->properties[i].value));
	return object;
}

static json_t *
results_json(const struct doctor *d)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < d->num_results; i++) {
		json_t *const methods = json_array();

		for (size_t k = 0; k < d->results[i].num; k++) {
			const struct results_one *const one = &d->results[i].list[k];

			json_array_append_new(methods, json_pack("{s:s, s:s, s:o}", "method", one->method, "result",
			                                         one->result, "properties", properties_json(one)));
		}
		json_array_append_new(list, json_pack("{s:s, s:o}", "server", d->results[i].server, "results",
		                                      methods));
	}
	return list;
}

json_t *
doctor_json(const struct doctor *d)
{
	return json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:s?, s:o, s:o, s:o}", "file",
	                 report_text_json(text_visible(seal_span_text(d->path))), "from", d->from, "dkim", d->dkim,
	                 "spf", d->spf, "spf_client", d->spf_client, "dmarc", d->dmarc, "spf_domain",
	                 report_text_json(text_visible(seal_span_text(d->spf_domain))), "organizational_domain",
	                 d->walk.organization, "signatures", signatures_json(d), "receivers", results_json(d),
	                 "findings", diagnoses_json(&d->diagnoses));
}

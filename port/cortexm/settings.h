/* SPDX-License-Identifier: Apache-2.0
 *
 * settings.h - configuration, and what it names, out of the image in the board's flash.
 *
 *	open -> keys, tls
 */
#ifndef PORT_CORTEXM_SETTINGS_H
#define PORT_CORTEXM_SETTINGS_H

#include "engine/base/out.h"
#include "engine/config/config.h"
#include "engine/config/image.h"
#include "engine/gateway/signer.h"
#include "port/cortexm/sizes.h"
#include "port/mbedtls/key_mbedtls.h"

/* Spans lie in flash. */
struct seal_settings {
	struct seal_image image;
	struct seal_config config;
	struct seal_config_client clients[SEAL_CLIENTS];
	struct seal_config_domain domains[SEAL_DOMAINS];
	struct seal_rsa_key keys[SEAL_DOMAINS]; /* bits 0: the section has none */

	/* Of TLS and logins; what is not named is empty. */
	struct seal_span certificate;           /* DER, one behind the other, our own first */
	struct seal_span certificate_key;       /* PEM or DER, as its file was              */
	struct seal_span authorities;           /* DER, one behind the other                */
	struct seal_span pins;                  /* in pin_octets                            */
	struct seal_span secret;
	uint8_t pin_octets[SEAL_CONFIG_PINS_LEN];
};

/* Check and read the image. False: *why says what is wrong. */
bool seal_settings_open(struct seal_settings *s, struct seal_out *why);

/* Read and check all keys of the image; after seal_signing_start. False: as above. */
bool seal_settings_keys(struct seal_settings *s, struct seal_rsa_runner runner, struct seal_out *why);

/* Find what TLS and logins need. `s` does not move from then on. False: as above; also where
 * the configuration asks for what no board has. */
bool seal_settings_tls(struct seal_settings *s, struct seal_out *why);

struct seal_key_source seal_settings_key_source(struct seal_settings *s);

#endif

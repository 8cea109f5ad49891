/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h - the one result type of the engine.
 *
 * A status names the party at fault, because that decides the reply code: 5yz if
 * the peer is wrong, 4yz for all trouble of our own. Errors are sticky: a machine
 * that returned one returns it until it is initialized again.
 */
#ifndef SEAL_BASE_STATUS_H
#define SEAL_BASE_STATUS_H

enum seal_status {
	SEAL_OK,
	SEAL_PENDING,   /* not done yet: call again with the same arguments      */
	SEAL_E_PEER,    /* the octets break a rule; another result names it      */
	SEAL_E_LIMIT,   /* a bound (bounds.h, or a caller's buffer) is too small */
	SEAL_E_KEY,     /* the private key failed or made a wrong signature      */
	SEAL_E_SPOOL,   /* the spool failed or returned other octets             */
	SEAL_E_CALLER   /* a precondition of this API was broken: our own bug    */
};

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h - the one result type of the engine.
 *
 * A status says whose fault a failure is, because that decides the reply code:
 * a wrong peer is 5yz, everything that is ours is 4yz. Errors are sticky: a
 * machine that answered one repeats it until it is initialized again.
 */
#ifndef SEAL_BASE_STATUS_H
#define SEAL_BASE_STATUS_H

enum seal_status {
	SEAL_OK,
	SEAL_PENDING,   /* not yet: ask again with the same arguments            */
	SEAL_E_PEER,    /* the octets given break a rule; its name is beside it  */
	SEAL_E_LIMIT,   /* a bound (bounds.h, or a caller's buffer) is too small */
	SEAL_E_KEY,     /* the private key failed or gave a wrong signature      */
	SEAL_E_SPOOL,   /* the spool failed or gave back other octets            */
	SEAL_E_CALLER   /* a precondition of this API was broken: our own bug    */
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/arena.h"

#include <stdbool.h>
#include <string.h>

/* Blocks fill the whole arena without gaps. */
struct block {
	uint32_t size;   /* header included; a multiple of ALIGN, so bit 0 is free for USED */
	uint32_t before; /* size of the block before this one; 0: this is the first         */
};

#define ALIGN   sizeof(struct block)
#define USED    ((uint32_t)1)
#define LEN_MAX ((size_t)UINT32_MAX / 2u)

_Static_assert(_Alignof(uint64_t) <= ALIGN && _Alignof(void *) <= ALIGN, "blocks are aligned for all types in use");

static struct {
	struct seal_arena_lock lock;
	uint8_t *start;
	struct seal_arena_use use;
} arena;

static void
lock(void)
{
	if (arena.lock.lock != NULL)
		arena.lock.lock(arena.lock.ctx);
}

static void
unlock(void)
{
	if (arena.lock.unlock != NULL)
		arena.lock.unlock(arena.lock.ctx);
}

static struct block *
block_at(size_t offset)
{
	return (struct block *)(void *)(arena.start + offset);
}

static uint32_t
size_of(const struct block *b)
{
	return b->size & ~USED;
}

static size_t
offset_of(const struct block *b)
{
	return (size_t)((const uint8_t *)b - arena.start);
}

/* The block after `b`, or NULL. */
static struct block *
next_of(const struct block *b)
{
	const size_t offset = offset_of(b) + size_of(b);

	return offset < arena.use.len ? block_at(offset) : NULL;
}

void
seal_arena_init(uint8_t *memory, size_t len, struct seal_arena_lock lock_)
{
	const size_t skip = (ALIGN - (uintptr_t)memory % ALIGN) % ALIGN;

	memset(&arena, 0, sizeof arena);
	if (len < skip + ALIGN || len > LEN_MAX)
		return;
	memset(memory, 0, len);
	arena.lock = lock_;
	arena.start = memory + skip;
	arena.use.len = (len - skip) / ALIGN * ALIGN;
	block_at(0)->size = (uint32_t)arena.use.len;
}

struct seal_arena_use
seal_arena_use(void)
{
	struct seal_arena_use use;

	lock();
	use = arena.use;
	unlock();
	return use;
}

static struct block *
first_fit(uint32_t size)
{
	struct block *b = arena.use.len > 0 ? block_at(0) : NULL;

	while (b != NULL && ((b->size & USED) != 0 || b->size < size))
		b = next_of(b);
	return b;
}

/* Cut a free block down to `size`; the rest becomes another free block. */
static void
split(struct block *b, uint32_t size)
{
	struct block *after = next_of(b);
	struct block *rest;

	if (b->size == size)
		return;
	rest = block_at(offset_of(b) + size);
	rest->size = b->size - size;
	rest->before = size;
	if (after != NULL)
		after->before = rest->size;
	b->size = size;
}

static void
count_taken(const struct block *b)
{
	const size_t end = offset_of(b) + size_of(b);

	arena.use.blocks++;
	arena.use.used += size_of(b);
	if (arena.use.used > arena.use.peak)
		arena.use.peak = arena.use.used;
	if (end > arena.use.extent)
		arena.use.extent = end;
}

static void *
take_block(size_t octets)
{
	const uint32_t size = (uint32_t)((octets + ALIGN - 1) / ALIGN * ALIGN + ALIGN);
	struct block *b = first_fit(size);

	if (b == NULL) {
		arena.use.refusals++;
		return NULL;
	}
	split(b, size);
	count_taken(b);
	b->size |= USED;
	return b + 1;
}

void *
seal_arena_calloc(size_t count, size_t size)
{
	void *ptr;

	if (size != 0 && count > LEN_MAX / size)
		return NULL;
	lock();
	ptr = take_block(count * size);
	unlock();
	return ptr;
}

/* Join `b` with the block after it, if both are free. */
static void
join(struct block *b)
{
	struct block *next = b == NULL ? NULL : next_of(b);
	struct block *after;

	if (next == NULL || ((b->size | next->size) & USED) != 0)
		return;
	after = next_of(next);
	b->size += next->size;
	if (after != NULL)
		after->before = b->size;
	memset(next, 0, sizeof *next);
}

void
seal_arena_free(void *ptr)
{
	struct block *b;

	if (ptr == NULL)
		return;
	lock();
	b = (struct block *)ptr - 1;
	b->size &= ~USED;
	arena.use.used -= b->size;
	arena.use.blocks--;
	memset(ptr, 0, b->size - sizeof *b);
	join(b);
	if (b->before != 0)
		join(block_at(offset_of(b) - b->before));
	unlock();
}

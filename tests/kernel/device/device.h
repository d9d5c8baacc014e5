/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the tests of /dev/nibble have in common, and the tests. */
#ifndef NIBBLE_TESTS_KERNEL_DEVICE_H
#define NIBBLE_TESTS_KERNEL_DEVICE_H

#include <linux/nibble.h>
#include <sys/types.h>

#include "../tap.h"

#define DEVICE "/dev/nibble"
#define CONTROL "/sys/class/misc/nibble/"
#define PROMPT "PCI device 8086:10d3 is"
#define ANSWER_BYTES 4096

extern char expected[ANSWER_BYTES]; /* what the host's tool answers */
extern char expected_digest[65]; /* SHA-256 of its logits, in hexadecimal */
extern char *volatile nowhere; /* an address where no memory is */
extern int has_threads; /* sessions compute in threads of their own */

int open_device(int flags);
void say(int file, const char *text);
/* Reads to end of file in pieces of that many bytes. */
size_t read_all(int file, char *to, size_t capacity, size_t piece);
/* Reads to end of file, whatever often read() fails with this errno; returns how often it did. */
int read_past(int file, char *to, size_t capacity, int error);
/* A thread that reads a file. */
void *read_forever(void *file);
long read_number(const char *path);
ssize_t write_file(const char *path, const char *text, size_t bytes);
/* Asks the driver for the model of a firmware file. */
ssize_t load(const char *name);

/* answers.c */
void describes_the_model_without_a_prompt(void);
void answers_as_the_host_does(void);
void gives_the_same_text_byte_by_byte(void);
void continues_the_conversation(void);
void rewinds(void);
void interleaves_two_sessions(void);
void does_not_wait_when_told_so(void);
void fills_its_context(void);

/* bits.c */
void passes_its_self_test(void);
void computes_the_bits_of_the_host(void);
void ignores_the_callers_rounding_mode(void);
void leaves_vector_registers_alone(void);
void scores_continuations(void);

/* refusals.c */
void refuses_what_it_documents(void);
void refuses_settings_out_of_range(void);
void takes_settings(void);
void knows_structs_of_other_sizes(void);
void is_for_root_alone(void);
void neither_maps_nor_splices(void);
void stops_at_the_end_of_memory(void);
void takes_one_copy_of_a_struct(void);

/* sharing.c */
void computes_where_it_is_told_to(void);
void is_usable_after_signals(void);
void shares_a_session_with_a_child(void);
void travels_through_a_socket(void);
void takes_turns_among_threads(void);
void tells_how_long_its_sections_were(void);

/* limits.c */
void limits_sessions(void);
void limits_bytes(void);
void keeps_its_model_while_another_is_loaded(void);
void refuses_damaged_models(void);
void survives_killed_processes(void);
void cannot_be_removed_while_open(void);

#endif

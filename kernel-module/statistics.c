// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* /sys/kernel/debug/nibble: how long sections with vector registers keep preemption off. */
#include <linux/debugfs.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "glue.h"

#define BUCKETS 24 /* powers of two, from 1 microsecond to several seconds */

static struct dentry *folder;
static atomic64_t tokens;
static atomic64_t sections[BUCKETS];
static atomic64_t longest_nanoseconds;

void nbl_statistics_count_token(void)
{
	atomic64_inc(&tokens);
}

void nbl_statistics_count_section(u64 nanoseconds)
{
	unsigned int bucket = min_t(unsigned int, fls64(nanoseconds >> 10), BUCKETS - 1);
	s64 longest = atomic64_read(&longest_nanoseconds);

	atomic64_inc(&sections[bucket]);
	while ((s64)nanoseconds > longest &&
	       !atomic64_try_cmpxchg(&longest_nanoseconds, &longest, nanoseconds))
		;
}

static int sections_show(struct seq_file *to, void *unused)
{
	seq_printf(to, "longest %lld ns\n", atomic64_read(&longest_nanoseconds));
	for (int i = 0; i < BUCKETS; ++i)
		if (atomic64_read(&sections[i]))
			seq_printf(to, "below %llu ns %lld\n", 1024ULL << i,
				   atomic64_read(&sections[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sections);

static int tokens_show(struct seq_file *to, void *unused)
{
	seq_printf(to, "%lld\n", atomic64_read(&tokens));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(tokens);

void nbl_statistics_create(void)
{
	folder = debugfs_create_dir("nibble", NULL);
	debugfs_create_file("sections", 0400, folder, NULL, &sections_fops);
	debugfs_create_file("tokens", 0400, folder, NULL, &tokens_fops);
}

void nbl_statistics_destroy(void)
{
	debugfs_remove_recursive(folder);
}

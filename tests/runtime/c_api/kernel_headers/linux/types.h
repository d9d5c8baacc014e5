/* Stands for the kernel's <linux/types.h>: the types that nibble.h takes from it.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only
 */
#ifndef NIBBLE_TEST_LINUX_TYPES_H
#define NIBBLE_TEST_LINUX_TYPES_H

typedef __SIZE_TYPE__ size_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;

#endif

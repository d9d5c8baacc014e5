/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tracepoints of an answer's life: events/nibble/ in tracefs. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nibble

#if !defined(_NIBBLE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _NIBBLE_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(nibble_prompt,
	TP_PROTO(const void *session, size_t bytes),
	TP_ARGS(session, bytes),
	TP_STRUCT__entry(
		__field(const void *, session)
		__field(size_t, bytes)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->bytes = bytes;
	),
	TP_printk("session=%p bytes=%zu", __entry->session, __entry->bytes)
);

TRACE_EVENT(nibble_token,
	TP_PROTO(const void *session, u32 token, size_t text_bytes),
	TP_ARGS(session, token, text_bytes),
	TP_STRUCT__entry(
		__field(const void *, session)
		__field(u32, token)
		__field(size_t, text_bytes)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->token = token;
		__entry->text_bytes = text_bytes;
	),
	TP_printk("session=%p token=%u text_bytes=%zu", __entry->session, __entry->token,
		  __entry->text_bytes)
);

TRACE_EVENT(nibble_end,
	TP_PROTO(const void *session, u32 reason),
	TP_ARGS(session, reason),
	TP_STRUCT__entry(
		__field(const void *, session)
		__field(u32, reason)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->reason = reason;
	),
	TP_printk("session=%p reason=%u", __entry->session, __entry->reason)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

// Between the C interface's types and the C++ interface's.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>
#include <nibble/nibble.h>
#include <nibble/session.h>
#include <nibble/status.h>

namespace nibble::c_api {

constexpr nibble_status status(Error error) {
  return static_cast<nibble_status>(error);
}
template <class T>
nibble_status status(const Result<T>& result) {
  return status(result.error());
}
/// Says also what the error counts; `out_where` may be null.
template <class T>
nibble_status status(const Result<T>& result, uint64_t* out_where) {
  if (out_where != nullptr) *out_where = result.failure().where;
  return status(result);
}
inline nibble_status bad_argument(uint64_t* out_where) {
  return status(Status(Error::BadArgument), out_where);
}

/// Hands out a value, or says why there is none.
template <class T, class Out>
nibble_status deliver(const Result<T>& result, Out* out) {
  if (result.ok()) *out = result.value();
  return status(result);
}

inline nibble_status progress(const Result<Progress>& step) {
  if (!step.ok()) return status(step);
  return step.value() == Progress::More ? NIBBLE_MORE : NIBBLE_OK;
}

inline nibble_status deliver_text(Text text, const char** out_text, size_t* out_bytes) {
  *out_text = text.data();
  *out_bytes = text.size();
  return NIBBLE_OK;
}

inline const Model& model_of(const nibble_model* model) {
  return *reinterpret_cast<const Model*>(model);
}
inline const nibble_model* to_c(const Model* model) {
  return reinterpret_cast<const nibble_model*>(model);
}
inline MutableBytes memory_of(void* memory, size_t bytes) {
  return {static_cast<uint8_t*>(memory), bytes};
}
/// No bytes may come without an address.
inline bool is_range(const void* begin, size_t bytes) {
  return begin != nullptr || bytes == 0;
}

}  // namespace nibble::c_api

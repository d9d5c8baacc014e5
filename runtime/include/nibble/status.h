// Errors as values: the Error list, Failure (what and where) and Result<T>.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/check.h>
#include <stdint.h>

namespace nibble {

/// Why a call did not do what it was asked. Values are ABI: append, never renumber.
/// "where" names what Failure::where counts for that error, as error_where() does: an index, unless
/// a unit is named; a blob offset is in bytes from the start. Without it Failure::where is 0.
enum class [[nodiscard]] Error : int32_t {
  None = 0,

  // The caller.
  BadArgument = -1,       ///< A precondition stated at the call was not met.
  BufferTooSmall = -2,    ///< The caller's output buffer is too short; where = elements needed.
  ArenaTooSmall = -3,     ///< The arena is smaller than arena_bytes() says; where = bytes needed.
  TokenOutOfRange = -4,   ///< A token id is not below the vocabulary; where = token index.
  ContextFull = -5,       ///< The tokens do not fit the context window; where = free positions.
  UnsupportedCpu = -6,    ///< The kernel set needs CPU features that are missing or not enabled.
  ReadFailed = -8,        ///< The caller's read callback failed; where = blob offset.
  NothingToDo = -9,       ///< step() or logits() without tokens having been given.
  Busy = -10,             ///< The session is in the middle of a step; finish or cancel it first.
  ArenaMisaligned = -11,  ///< The arena or the blob does not start on a multiple of 64 bytes.
  TextTooLong = -12,      ///< A text exceeds the memory for encoding; where = prompt_bytes needed.

  // The blob's header.
  Truncated = -20,            ///< The blob ends before its header says; where = bytes needed.
  BadMagic = -21,             ///< These bytes are not a nibble blob.
  BadEndian = -22,            ///< Written for another byte order.
  BadVersion = -23,           ///< A major version this runtime does not read; where = version.
  UnknownFeature = -24,       ///< A required feature this runtime lacks; where = feature bits.
  ReservedNotZero = -25,      ///< A reserved field is not zero; where = blob offset.
  BadLength = -26,            ///< A length disagrees with the others; where = blob offset.
  UnexpectedSignature = -27,  ///< The signature slot must be zero in this version.
  ManifestHash = -28,  ///< SHA-256 of header and manifest does not match: the blob is damaged.

  // The manifest. It parsed, but says something that cannot be.
  BadCount = -40,           ///< A table count is zero or over its limit; where = blob offset.
  BadHyperparameter = -41,  ///< Out of range or not consistent; where = blob offset.
  BadSection = -42,         ///< Unknown kind or storage, or wrong size; where = section.
  BadChunk = -43,           ///< Unknown codec or impossible size; where = chunk.
  BadTensor = -44,          ///< Unknown type, shape or group out of range; where = tensor.
  BadBuffer = -45,          ///< Unknown type, zero or unaligned width or offset; where = buffer.
  BadOp = -46,              ///< Unknown code, or an operand of the wrong kind or shape; where = op.
  OpReadsUnwritten = -47,   ///< An op reads a buffer or cache nothing wrote; where = op.
  BadString = -48,          ///< A string is not UTF-8 or holds a control byte; where = string.
  BadSelfTest = -49,        ///< The self-test record is out of range; where = token index.
  SizeOverflow = -50,       ///< Sizes multiply or add up past what memory can hold.

  // The payload.
  ChunkStoredHash = -60,        ///< SHA-256 of the stored bytes does not match; where = chunk.
  BadFrame = -61,               ///< Not one zstd frame of exactly the chunk's size; where = chunk.
  ChunkUncompressedHash = -62,  ///< SHA-256 of the unpacked bytes does not match; where = chunk.
  PaddingNotZero = -63,         ///< Alignment padding holds data; where = blob offset.
  BadTokenizer = -64,           ///< A tokenizer table is inconsistent; where = token or slot.

  // Running.
  SelfTestMismatch = -80,  ///< Tokens or digest differ from the record; where = step.
};

/// A short stable name ("ManifestHash"), for logs. Never null.
const char* error_name(Error error);
/// What Failure::where counts: "chunk", "bytes needed", …; empty where it counts nothing. Never
/// null.
const char* error_where(Error error);
/// One sentence: what it means and what to do. Never null.
const char* error_text(Error error);

/// An error and where it was found.
struct [[nodiscard]] Failure {
  Error error = Error::None;
  uint64_t where = 0;  ///< What it counts, error_where() says.
};

/// Either a T or a Failure. T is trivially copyable: there is nothing to destroy.
template <class T>
class [[nodiscard]] Result {
  static_assert(__is_trivially_copyable(T));

 public:
  constexpr Result(T value) : value_(value) {}
  /// @pre failure.error != Error::None
  constexpr Result(Failure failure) : failure_(failure) {
    NIBBLE_CHECK(failure.error != Error::None);
  }
  constexpr Result(Error error) : Result(Failure{error, 0}) {}

  constexpr bool ok() const { return failure_.error == Error::None; }
  constexpr Error error() const { return failure_.error; }
  constexpr Failure failure() const { return failure_; }
  /// @pre ok()
  constexpr T& value() {
    NIBBLE_CHECK(ok());
    return value_;
  }
  constexpr const T& value() const {
    NIBBLE_CHECK(ok());
    return value_;
  }

 private:
  T value_{};
  Failure failure_{};
};

template <>
class [[nodiscard]] Result<void> {
 public:
  constexpr Result() = default;
  constexpr Result(Failure failure) : failure_(failure) {
    NIBBLE_CHECK(failure.error != Error::None);
  }
  constexpr Result(Error error) : Result(Failure{error, 0}) {}

  constexpr bool ok() const { return failure_.error == Error::None; }
  constexpr Error error() const { return failure_.error; }
  constexpr Failure failure() const { return failure_; }
  /// @pre ok()
  constexpr void value() const { NIBBLE_CHECK(ok()); }

 private:
  Failure failure_{};
};

using Status = Result<void>;

}  // namespace nibble

/// The value of a Result, or return its failure from the enclosing function.
#define NIBBLE_TRY(expression)             \
  __extension__({                          \
    const auto nibble_try_ = (expression); \
    if (!nibble_try_.ok()) [[unlikely]]    \
      return nibble_try_.failure();        \
    nibble_try_.value();                   \
  })

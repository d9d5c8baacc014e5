// Which noun Failure::where counts, for each error.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/failure_text.h"

#include "offline/files/input_error.h"

namespace nibble::offline {
namespace {

/// What stands before the number; null where the error has no place.
const char* place_noun(Error error) {
  switch (error) {
    case Error::ReadFailed:
    case Error::ReservedNotZero:
    case Error::BadLength:
    case Error::BadCount:
    case Error::BadHyperparameter:
    case Error::PaddingNotZero:
      return " at byte ";
    case Error::BadSection:
      return " at section ";
    case Error::BadChunk:
    case Error::ChunkStoredHash:
    case Error::BadFrame:
    case Error::ChunkRawHash:
      return " at chunk ";
    case Error::BadTensor:
      return " at tensor ";
    case Error::BadBuffer:
      return " at buffer ";
    case Error::BadOp:
    case Error::OpReadsUnwritten:
      return " at op ";
    case Error::BadString:
      return " at string ";
    case Error::BadTokenizer:
      return " at token or slot ";
    case Error::BadSelfTest:
    case Error::TokenOutOfRange:
      return " at token ";
    case Error::SelfTestMismatch:
      return " at step ";
    case Error::BadVersion:
      return ", version ";
    case Error::UnknownFeature:
      return ", feature bits ";
    case Error::ContextFull:
      return ", free positions: ";
    case Error::Truncated:
    case Error::ArenaTooSmall:
      return ", bytes needed: ";
    case Error::BufferTooSmall:
      return ", elements needed: ";
    case Error::TextTooLong:
      return ", prompt_bytes needed: ";
    default:
      return nullptr;
  }
}

}  // namespace

std::string failure_text(const Failure& failure) {
  std::string text = error_name(failure.error);
  if (const char* const noun = place_noun(failure.error))
    text += noun + std::to_string(failure.where);
  return text + ": " + error_text(failure.error);
}

void throw_failure(const std::string& where, const Failure& failure) {
  throw InputError(where, failure_text(failure));
}

}  // namespace nibble::offline

// What each error is called and what it says.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/status.h>

namespace nibble {
namespace {

struct Words {
  const char* name;
  const char* text;
};

// A switch without default, so that a new error without words is a compile error.
constexpr Words words(Error error) {
  switch (error) {
    case Error::None:
      return {"None", "No error."};
    case Error::BadArgument:
      return {"BadArgument",
              "An argument is outside the range its function states; correct the call."};
    case Error::BufferTooSmall:
      return {"BufferTooSmall",
              "The output buffer is too short; give at least as many elements as stated."};
    case Error::ArenaTooSmall:
      return {"ArenaTooSmall",
              "The memory given is too small; give at least as many bytes as stated."};
    case Error::TokenOutOfRange:
      return {"TokenOutOfRange",
              "A token id is not in the model's vocabulary; encode with this model's tokenizer."};
    case Error::ContextFull:
      return {
          "ContextFull",
          "The tokens do not fit the context window; shorten the text or use a larger context."};
    case Error::UnsupportedCpu:
      return {"UnsupportedCpu",
              "This CPU lacks features the chosen kernels need; choose others, scalar runs "
              "everywhere."};
    case Error::Cancelled:
      return {"Cancelled",
              "The work was cancelled; the session stands at its last whole position."};
    case Error::ReadFailed:
      return {"ReadFailed", "The read callback failed; check the device or file behind it."};
    case Error::NothingToDo:
      return {"NothingToDo",
              "There are no tokens to compute and no logits yet; append tokens first."};
    case Error::Busy:
      return {"Busy", "A step is under way; finish it or cancel it first."};
    case Error::ArenaMisaligned:
      return {"ArenaMisaligned",
              "Memory or blob does not start on a multiple of 64 bytes; align it."};
    case Error::TextTooLong:
      return {"TextTooLong",
              "The text is longer than the memory for encoding it; create the session with "
              "prompt_bytes of the stated size, or give a shorter text."};
    case Error::Truncated:
      return {"Truncated", "The blob ends before its header says it does; copy it again, whole."};
    case Error::BadMagic:
      return {
          "BadMagic",
          "These bytes are not a nibble blob; check the file, it may have been converted as text."};
    case Error::BadEndian:
      return {"BadEndian", "The blob was written for another byte order; pack the model again."};
    case Error::BadVersion:
      return {"BadVersion",
              "The blob has a format version this runtime does not read; pack again or update the "
              "runtime."};
    case Error::UnknownFeature:
      return {"UnknownFeature",
              "The blob requires a feature this runtime does not have; update the runtime."};
    case Error::ReservedNotZero:
      return {"ReservedNotZero",
              "A reserved field is not zero: the blob is damaged or not of this version."};
    case Error::BadLength:
      return {
          "BadLength",
          "Lengths in the blob disagree, or bytes follow its end; copy it again or pack again."};
    case Error::UnexpectedSignature:
      return {"UnexpectedSignature",
              "The signature slot is in use, which this version cannot check; update the runtime."};
    case Error::ManifestHash:
      return {"ManifestHash",
              "Header and manifest do not match their hash: the blob is damaged; copy it again."};
    case Error::BadCount:
      return {"BadCount", "A table count is zero or over its limit; pack the model again."};
    case Error::BadHyperparameter:
      return {"BadHyperparameter",
              "A hyper-parameter is out of range or contradicts another; pack the model again."};
    case Error::BadSection:
      return {"BadSection",
              "A section has an unknown kind or storage, or the wrong size; pack the model again."};
    case Error::BadChunk:
      return {"BadChunk",
              "A chunk has an unknown codec or an impossible size; pack the model again."};
    case Error::BadTensor:
      return {"BadTensor",
              "A tensor's type, shape or group is out of range; pack the model again."};
    case Error::BadBuffer:
      return {"BadBuffer",
              "A buffer's type, width or place is out of range; pack the model again."};
    case Error::BadOp:
      return {"BadOp",
              "An operation is unknown or its operands do not fit it; pack the model again."};
    case Error::OpReadsUnwritten:
      return {"OpReadsUnwritten",
              "An operation reads what none has written; pack the model again."};
    case Error::BadString:
      return {
          "BadString",
          "A string is not UTF-8, holds a control character, or is missing; pack the model again."};
    case Error::BadSelfTest:
      return {"BadSelfTest", "The self-test record is out of range; pack the model again."};
    case Error::SizeOverflow:
      return {"SizeOverflow",
              "Sizes add up past what memory can hold; use a smaller context, batch or model."};
    case Error::ChunkStoredHash:
      return {"ChunkStoredHash",
              "A chunk does not match its hash: the blob is damaged; copy it again."};
    case Error::BadFrame:
      return {"BadFrame",
              "A chunk is not one zstd frame of its stated size; pack the model again."};
    case Error::ChunkRawHash:
      return {"ChunkRawHash",
              "An unpacked chunk does not match its hash: suspect memory, then the blob."};
    case Error::PaddingNotZero:
      return {"PaddingNotZero", "Alignment padding holds data; copy the blob again or pack again."};
    case Error::BadTokenizer:
      return {"BadTokenizer", "A tokenizer table contradicts itself; pack the model again."};
    case Error::SelfTestMismatch:
      return {"SelfTestMismatch",
              "The model does not compute here what it computed when packed; suspect CPU, memory "
              "or build."};
  }
  return {"Unknown",
          "Not an error of this runtime; caller and runtime may be of different versions."};
}

}  // namespace

const char* error_name(Error error) {
  return words(error).name;
}
const char* error_text(Error error) {
  return words(error).text;
}

}  // namespace nibble

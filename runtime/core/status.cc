// What each error is called, what its number counts, and what it says: the one table.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/status.h>

namespace nibble {
namespace {

struct ErrorFacts {
  Error error;
  const char* name;
  const char* where;
  const char* text;
};

// tests/runtime/core/status_test.cc holds the enumeration in status.h against this.
constexpr ErrorFacts kErrors[] = {
    {Error::None, "None", "", "No error."},
    {Error::BadArgument, "BadArgument", "",
     "An argument is outside the range its function states; correct the call."},
    {Error::BufferTooSmall, "BufferTooSmall", "elements needed",
     "The output buffer is too short; give at least as many elements as stated."},
    {Error::ArenaTooSmall, "ArenaTooSmall", "bytes needed",
     "The memory given is too small; give at least as many bytes as stated."},
    {Error::TokenOutOfRange, "TokenOutOfRange", "token index",
     "A token id is not in the model's vocabulary; encode with this model's tokenizer."},
    {Error::ContextFull, "ContextFull", "free positions",
     "The tokens do not fit the context window; shorten the text or use a larger context."},
    {Error::UnsupportedCpu, "UnsupportedCpu", "",
     "This CPU lacks features the chosen kernels need; choose others, scalar runs everywhere."},
    {Error::ReadFailed, "ReadFailed", "blob offset",
     "The read callback failed; check the device or file behind it."},
    {Error::NothingToDo, "NothingToDo", "",
     "There are no tokens to compute and no logits yet; append tokens first."},
    {Error::Busy, "Busy", "", "A step is under way; finish it or cancel it first."},
    {Error::ArenaMisaligned, "ArenaMisaligned", "",
     "Memory or blob does not start on a multiple of 64 bytes; align it."},
    {Error::TextTooLong, "TextTooLong", "prompt_bytes needed",
     "The text is longer than prompt_bytes allows; create the session with as many as stated."},
    {Error::Truncated, "Truncated", "bytes needed",
     "The blob ends before its header says it does; copy it again, whole."},
    {Error::BadMagic, "BadMagic", "",
     "These bytes are not a nibble blob; check the file, it may have been converted as text."},
    {Error::BadEndian, "BadEndian", "",
     "The blob was written for another byte order; pack the model again."},
    {Error::BadVersion, "BadVersion", "version",
     "The blob has a format version this runtime does not read; pack again or update the runtime."},
    {Error::UnknownFeature, "UnknownFeature", "feature bits",
     "The blob requires a feature this runtime does not have; update the runtime."},
    {Error::ReservedNotZero, "ReservedNotZero", "blob offset",
     "A reserved field is not zero: the blob is damaged or not of this version."},
    {Error::BadLength, "BadLength", "blob offset",
     "Lengths in the blob disagree, or bytes follow its end; copy it again or pack again."},
    {Error::UnexpectedSignature, "UnexpectedSignature", "",
     "The signature slot is in use, which this version cannot check; update the runtime."},
    {Error::ManifestHash, "ManifestHash", "",
     "Header and manifest do not match their hash: the blob is damaged; copy it again."},
    {Error::BadCount, "BadCount", "blob offset",
     "A table count is zero or over its limit; pack the model again."},
    {Error::BadHyperparameter, "BadHyperparameter", "blob offset",
     "A hyperparameter is out of range or contradicts another; pack the model again."},
    {Error::BadSection, "BadSection", "section",
     "A section has an unknown kind or storage, or the wrong size; pack the model again."},
    {Error::BadChunk, "BadChunk", "chunk",
     "A chunk has an unknown codec or an impossible size; pack the model again."},
    {Error::BadTensor, "BadTensor", "tensor",
     "A tensor's type, shape or group is out of range; pack the model again."},
    {Error::BadBuffer, "BadBuffer", "buffer",
     "A buffer's type, width or offset is out of range; pack the model again."},
    {Error::BadOp, "BadOp", "op",
     "An operation is unknown or its operands do not fit it; pack the model again."},
    {Error::OpReadsUnwritten, "OpReadsUnwritten", "op",
     "An operation reads what none has written; pack the model again."},
    {Error::BadString, "BadString", "string",
     "A string is not UTF-8, holds a control character, or is missing; pack the model again."},
    {Error::BadSelfTest, "BadSelfTest", "token index",
     "The self-test record is out of range; pack the model again."},
    {Error::SizeOverflow, "SizeOverflow", "",
     "Sizes add up past what memory can hold; use a smaller context, batch or model."},
    {Error::ChunkStoredHash, "ChunkStoredHash", "chunk",
     "A chunk does not match its hash: the blob is damaged; copy it again."},
    {Error::BadFrame, "BadFrame", "chunk",
     "A chunk is not one zstd frame of its stated size; pack the model again."},
    {Error::ChunkUncompressedHash, "ChunkUncompressedHash", "chunk",
     "A chunk does not match its hash once unpacked: suspect memory, then the blob."},
    {Error::PaddingNotZero, "PaddingNotZero", "blob offset",
     "Alignment padding holds data; copy the blob again or pack again."},
    {Error::BadTokenizer, "BadTokenizer", "token or slot",
     "A tokenizer table contradicts itself; pack the model again."},
    {Error::SelfTestMismatch, "SelfTestMismatch", "step",
     "The model does not compute here what it computed when packed; suspect CPU, memory or build."},
};

constexpr ErrorFacts kUnknown = {
    Error::None, "Unknown", "",
    "Not an error of this runtime; caller and runtime may be of different versions."};

const ErrorFacts& facts(Error error) {
  for (const ErrorFacts& facts : kErrors)
    if (facts.error == error) return facts;
  return kUnknown;
}

}  // namespace

const char* error_name(Error error) {
  return facts(error).name;
}
const char* error_where(Error error) {
  return facts(error).where;
}
const char* error_text(Error error) {
  return facts(error).text;
}

}  // namespace nibble

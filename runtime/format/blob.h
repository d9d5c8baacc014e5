// The blob, byte for byte: every record, limit and magic number of format version 1.
// docs/FORMAT.md is the specification of these records; reader and writer share this file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stddef.h>
#include <stdint.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "blobs are read in place: little-endian");

namespace nibble::format {

// A blob is: Header · manifest · zero padding to 64 · section payloads.
// Nothing in it is found through a stored offset: every table and chunk starts where the one
// before it ends, so gaps, overlaps and ranges outside the file cannot be written down.

inline constexpr uint8_t kMagic[8] = {'N', 'I', 'B', 'L', 0x0D, 0x0A, 0x1A, 0x0A};
inline constexpr uint32_t kEndianTag = 0x01020304;
inline constexpr uint16_t kVersionMajor = 1;
inline constexpr uint16_t kVersionMinor = 0;
inline constexpr uint32_t kAlignBytes = 64;  // of a Raw section's payload, and of each tensor
inline constexpr uint32_t kChunkUncompressedBytes =
    1 << 20;                                        // of every chunk of a section but its last
inline constexpr uint32_t kManifestAlignBytes = 8;  // of each table in the manifest
inline constexpr uint32_t kSha256Bytes = 32;

// Limits. Each bounds a count before it multiplies anything.
inline constexpr uint32_t kMaxManifestBytes = 16u << 20;
inline constexpr uint32_t kMaxLayers = 1024;
inline constexpr uint32_t kMaxTensors = 16384;
inline constexpr uint32_t kMaxBuffers = 64;  // the verifier keeps a set of buffers in one uint64_t
inline constexpr uint32_t kMaxOps = 32768;
inline constexpr uint32_t kMaxChunks = 65536;
inline constexpr uint32_t kMaxStringBytes = 1u << 20;
inline constexpr uint32_t kMaxVocabulary = 1u << 20;
inline constexpr uint32_t kMaxContextTokens = 1u << 20;
inline constexpr uint32_t kMaxColumns = 1u << 20;  // k of a matrix, width of a buffer
inline constexpr uint32_t kMaxRows = 1u << 20;
inline constexpr uint32_t kMaxHeads = 1024;
inline constexpr uint32_t kMaxHeadDimension = 256;
constexpr bool is_head_dimension(uint32_t elements) {
  return elements != 0 && elements % 8 == 0 && elements <= kMaxHeadDimension;
}
inline constexpr uint32_t kMaxSelfTestTokens = 4096;
inline constexpr uint32_t kMaxPieceBytes = 1024;
inline constexpr uint32_t kMaxHashSlots = 4 * kMaxVocabulary;

/// The first 256 bytes of a blob.
struct Header {
  uint8_t magic[8];
  uint32_t endian_tag;
  uint16_t version_major;
  uint16_t version_minor;      ///< Newer minor versions are read; they only add optional features.
  uint32_t header_bytes;       ///< sizeof(Header)
  uint32_t required_features;  ///< A reader that does not know a bit refuses; see format/ops.h.
  uint32_t optional_features;
  uint32_t reserved0;
  uint64_t total_bytes;     ///< The whole blob: header, manifest, padding, payload.
  uint64_t manifest_bytes;  ///< A multiple of kManifestAlignBytes.
  uint64_t payload_bytes;   ///< From the first 64-byte boundary after the manifest to the end.
  /// SHA-256 over this header with `manifest_sha256` and `signature` zeroed, then the manifest.
  uint8_t manifest_sha256[kSha256Bytes];
  uint32_t signature_algorithm;  ///< 0: none. The slot is reserved until signatures arrive.
  uint32_t security_counter;     ///< 0
  uint8_t key_id[8];             ///< 0
  uint8_t signature[64];         ///< 0
  uint8_t reserved1[88];
};
static_assert(sizeof(Header) == 256 && offsetof(Header, manifest_sha256) == 56 &&
              offsetof(Header, signature_algorithm) == 88);

/// How a cache stores keys and values; layout.h says which type is either's.
enum class KvType : uint32_t {
  F16 = 0,
  Int8 = 1,
  Hybrid = 2,  ///< Keys in eight bits, values in four.
  Int4 = 3,    ///< Both in four; keys after a Hadamard transform (docs/NUMERICS.md).
  Count = 4
};

/// The manifest's first record. The tables follow in this order, each aligned to 8 with zero
/// padding: SectionRecord, ChunkRecord, TensorRecord, BufferRecord, OpRecord,
/// self-test tokens (uint32_t: prompt, then generated), then the strings.
struct Manifest {
  uint32_t section_count;  ///< kSectionCount
  uint32_t chunk_count;
  uint32_t tensor_count;
  uint32_t buffer_count;
  uint32_t op_count;
  uint32_t self_test_prompt_count;
  uint32_t self_test_generated_count;
  uint32_t string_bytes;  ///< kStringCount zero-terminated UTF-8 strings, then tensor names.

  // Hyper-parameters. The program is what runs; these size the caches and describe the model.
  uint32_t vocabulary;
  uint32_t context_tokens;  ///< The largest context; a session may use less.
  uint32_t width;
  uint32_t layers;
  uint32_t heads;
  uint32_t kv_heads;
  uint32_t head_dimension;  ///< A multiple of 8.
  uint32_t ffn_width;
  KvType kv_type;                   ///< What a session uses unless it asks for another.
  uint32_t default_context_tokens;  ///< What a session uses when it asks for 0.

  // Tokenizer. Its tables are the payload of section Tokenizer; see TokenizerTables.
  uint32_t tokenizer_kind;   ///< TokenizerKind
  uint32_t tokenizer_flags;  ///< TokenizerFlag bits
  uint32_t piece_pool_bytes;
  uint32_t hash_slots;     ///< A power of two, > pieces that text can reach.
  uint32_t bos_token;      ///< kNoToken when there is none.
  uint32_t eos_tokens[4];  ///< Any of them ends a reply; unused entries are kNoToken.
  uint32_t unknown_token;

  uint8_t self_test_logits_sha256[kSha256Bytes];  ///< Over every step's logits[vocabulary], f32.

  // The rest of the tokenizer. All zero: a vocabulary that needs none of it, as version 1.0 had it;
  // anything else: the header has kTokenizerFeature.
  uint8_t split_steps[8];        ///< SplitStep: how text becomes words; None after the last.
  uint32_t added_tokens;         ///< Tokens that are looked for before anything else.
  uint32_t class_runs;           ///< Of the table of character classes; 0: the text is ASCII to it.
  uint32_t normalization_bytes;  ///< A multiple of 4; 0: none. See NormalizationCounts.
  uint32_t chat_bytes;           ///< kChatTextCount zero-terminated strings; 0: no chat.
  uint32_t chat_flags;           ///< ChatFlag bits
  uint8_t reserved[4];
};
static_assert(sizeof(Manifest) == 176);

inline constexpr uint32_t kNoToken = 0xFFFFFFFF;

/// The strings every manifest carries, in order; an empty one is one zero byte.
enum class StringIndex : uint32_t {
  Name,
  Architecture,
  License,
  Source,
  SourceSha256,
  Quantization,
  Tool,
  Count
};
inline constexpr uint32_t kStringCount = static_cast<uint32_t>(StringIndex::Count);

enum class SectionKind : uint32_t { Tokenizer = 0, Weights = 1 };
inline constexpr uint32_t kSectionCount = 2;  // exactly these, in this order

enum class Storage : uint32_t {
  Raw = 0,   ///< No chunk is compressed: the section is used in place when the blob is in memory.
  Zstd = 1,  ///< Each chunk is one zstd frame, or uncompressed where a frame is hardly smaller.
};

struct SectionRecord {
  SectionKind kind;
  Storage storage;
  uint64_t uncompressed_bytes;  ///< Fixes the section's chunks: ceil(uncompressed_bytes /
                                ///< kChunkUncompressedBytes) of them.
};
static_assert(sizeof(SectionRecord) == 16);

enum class Codec : uint32_t { None = 0, Zstd = 1 };

/// Chunk i of a section has kChunkUncompressedBytes when unpacked, the last chunk the rest.
/// A Raw section's payload starts on a 64-byte boundary of the blob (zero padding before it).
struct ChunkRecord {
  uint32_t stored_bytes;
  Codec codec;
  uint8_t stored_sha256[kSha256Bytes];
  uint8_t uncompressed_sha256[kSha256Bytes];
};
static_assert(sizeof(ChunkRecord) == 72);

/// How a tensor's elements are stored; the layouts are in format/layout.h.
enum class TensorType : uint8_t {
  F32Vector = 0,  ///< rows = 1: float[columns padded to 32], padding zero
  U64Vector = 1,  ///< rows = 1: uint64_t[columns]; rotary phase increments, in 2^-64 turns
  F16 = 2,        ///< matrix of IEEE half
  Int8 = 3,       ///< w = s·q, q in −128…127
  Int4 = 4,       ///< w = s·(u − 8), u in 0…15
  Int4Zero = 5,   ///< w = s·(u − z), u and z in 0…15
};
inline constexpr uint32_t kTensorTypeCount = 6;

/// What a tensor is for. The packer chooses schemes by role, and reports print it; a reader takes
/// any role, also one that it does not know, since nothing runs by it.
enum class Role : uint8_t {
  Embedding,
  AttentionNorm,
  Query,
  Key,
  Value,
  AttentionOutput,
  FfnNorm,
  FfnGate,
  FfnUp,
  FfnDown,
  FinalNorm,
  Head,
  Rotary,
  QueryBias,
  KeyBias,
  ValueBias,
  AttentionOutputBias,
  PositionEmbedding,
  AttentionNormBias,
  FfnNormBias,
  FfnGateBias,
  FfnUpBias,
  FfnDownBias,
  FinalNormBias,
  HeadBias,
  QueryNorm,
  KeyNorm,
  AttentionOutputNorm,
  FfnOutputNorm,
  EmbeddingProjection,
  HeadProjection,
  Count
};

inline constexpr uint16_t kNoLayer = 0xFFFF;

/// Tensor i starts at the first 64-byte boundary after tensor i − 1, in section Weights.
struct TensorRecord {
  TensorType type;
  Role role;
  uint16_t layer;  ///< kNoLayer outside the layers.
  uint16_t group;  ///< 32, 64 or 128 for integer types, else 0.
  uint16_t reserved;
  uint32_t rows;     ///< [rows, columns] as the model has them, before padding.
  uint32_t columns;  ///< k
};
static_assert(sizeof(TensorRecord) == 16);

enum class BufferType : uint8_t {
  F32 = 0,   ///< row = float[width padded to 32], padding zero
  Int8 = 1,  ///< row = quantized activations, see layout.h
};
enum class BufferRows : uint8_t {
  Token = 0,  ///< one row per token of the pass
  Logit = 1,  ///< one row per position whose logits are wanted
};

/// An activation buffer. Its rows are neighbors: with n rows it occupies the bytes
/// [offset·n, (offset + row_bytes)·n) of its area. The packer's plan therefore holds for any n.
struct BufferRecord {
  BufferType type;
  BufferRows rows;
  uint16_t group;             ///< Of Int8 rows: must equal the weights' group. Else 0.
  uint32_t width;             ///< Elements, before padding.
  uint32_t row_offset_bytes;  ///< A multiple of 64.
  uint32_t reserved;
};
static_assert(sizeof(BufferRecord) == 16);

enum class OpCode : uint16_t;  // format/ops.h has the codes and what each reads and writes

/// A function of one number; docs/NUMERICS.md defines each.
enum class Activation : uint32_t { Silu = 0, GeluTanh, GeluErf, Relu, QuickGelu, SoftCap, Count };

inline constexpr uint16_t kNone = 0xFFFF;  // an operand that is absent

inline constexpr uint8_t kOpArguments = 4;

/// One operation of the program.
struct OpRecord {
  OpCode code;
  uint16_t flags;
  uint16_t layer;      ///< kNoLayer when the op belongs to none.
  uint16_t output;     ///< Buffer.
  uint16_t input[2];   ///< Buffers, or kNone.
  uint16_t tensor[2];  ///< Tensors, or kNone.
  uint32_t argument[kOpArguments];
};
static_assert(sizeof(OpRecord) == 32);

/// Header::required_features of a blob whose tokenizer uses more than SentencePieceBpe without
/// added tokens. Bits below it are generations of operations (format/ops.h).
inline constexpr uint32_t kTokenizerFeature = 1u << 16;

enum class TokenizerKind : uint32_t {
  SentencePieceBpe = 0,  ///< Characters merge; spaces are written as U+2581 in publishers' files.
  ByteLevelBpe = 1,      ///< Bytes merge, within the words that the split steps make.
  Unigram = 2,           ///< The pieces of least total cost; `rank` is the cost.
  Count = 3
};
enum TokenizerFlag : uint32_t {
  kAddDummyPrefix = 1,      ///< Encoding puts one space before the text (ByteLevelBpe: unless
                            ///< there is one).
  kAddBos = 2,              ///< Encoding a prompt starts with bos_token.
  kByteFallback = 4,        ///< Text without a piece becomes byte tokens; else unknown_token.
  kPairMerges = 8,          ///< Merges rank pairs: there is a table of merges.
  kPrefixEachStretch = 16,  ///< The dummy prefix comes after each added token, too.
  kNormalizeNfc = 32,       ///< Text is composed (Unicode NFC) before it is split.
  kLowerCase = 64,          ///< Text becomes lower case before it is split.
  kAddEos = 128,            ///< Encoding a prompt ends with eos_tokens[0].
};
inline constexpr uint32_t kKnownTokenizerFlags = 255;
inline constexpr uint32_t kMaxAddedTokens = 1u << 16;
inline constexpr uint32_t kMaxAddedTokenBytes = 256;
inline constexpr uint32_t kClassRunBytes = 3;
inline constexpr uint32_t kMaxClassRuns = 1u << 13;
inline constexpr uint32_t kMaxNormalizationBytes = 1u << 16;
inline constexpr uint32_t kMaxChatBytes = 1u << 16;

/// Costs of a unigram model: minus the logarithm of a piece's probability, in this fraction. Text
/// without a piece costs kUnknownCost more than the dearest piece.
inline constexpr uint32_t kCostUnit = 1u << 24;
inline constexpr uint32_t kUnknownCost = 10 * kCostUnit;

enum class PieceType : uint8_t {
  Normal = 0,
  Unknown = 1,
  Control = 2,
  UserDefined = 3,
  Byte = 4,
  Unused = 5
};

/// One way to cut text. A step cuts each part that the step before it made, on its own: the end of
/// a part is the end of the text to it. What a step does not match stays together. L, N, M, P and S
/// are the classes of the table of character classes, \s its spaces.
enum class SplitStep : uint8_t {
  None = 0,
  Gpt2 = 1,            ///< 's|'t|'re|'ve|'m|'ll|'d| ?L+| ?N+| ?[^\sLN]+|\s+(?!\S)|\s+
  Llama3 = 2,          ///< (?i:'s|…)|[^\r\nLN]?L+|N{1,3}| ?[^\sLN]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
  Qwen2 = 3,           ///< Llama3 with N for N{1,3}
  Digit = 4,           ///< N
  Digits = 5,          ///< N+
  Digits3 = 6,         ///< N{1,3}
  Ascii3Digits = 7,    ///< [0-9][0-9][0-9]
  Punctuation = 8,     ///< [P$+<=>^~|`]+
  LineBreak = 9,       ///< [\r\n]
  Letters = 10,        ///< \s?L+
  Marks = 11,          ///< \s?P+
  LastSpaces = 12,     ///< \s+$
  Cjk = 13,            ///< [U+4E00–U+9FA5 U+0800–U+4E00 U+AC00–U+D7FF]+
  CjkKana = 14,        ///< [U+4E00–U+9FA5 U+3040–U+30FF]+
  DeepSeek3 = 15,      ///< see docs/FORMAT.md
  DeepSeekMarks = 16,  ///< \s?[!-/:-~！-／：-～‘-‟　-。]+
  Spaces = 17,         ///< Before each space.
  SpaceRuns = 18,      ///< Before each run of spaces.
  Count = 19
};
inline constexpr size_t kMaxSplitSteps = 8;

enum class CharacterClass : uint8_t {
  Other = 0,
  Letter = 1,
  Number = 2,
  Space = 3,
  Mark = 4,
  Punctuation = 5,
  Symbol = 6,
  Count = 7
};

/// How an added token is matched.
enum AddedTokenRule : uint8_t {
  kTakesSpacesBefore = 1,  ///< lstrip
  kTakesSpacesAfter = 2,   ///< rstrip
  kSingleWord = 4,         ///< Not beside a letter, number, mark or underscore.
  kInNormalizedText = 8,   ///< Looked for after normalization, else before.
};
inline constexpr uint8_t kKnownAddedTokenRules = 15;

/// Of table `merge`: bytes of the only left part that a piece is merged from, 0: any; and whether a
/// word that reads as the piece is the piece.
inline constexpr uint16_t kLeftBytesMask = 0x7FFF;
inline constexpr uint16_t kWholeWord = 0x8000;

/// The table of normalization starts with these counts. Arrays, in this order:
///   uint32_t combining[combining_runs]   code point << 8 | combining class, from this code point
///   on uint32_t pair[pairs]                 code point | plane of the first part << 21 | of the
///                                        second << 23; ascending by code point
///   uint32_t mapping[mappings]           code point | plane of the target << 21; ascending
///   uint16_t part[2 · pairs]             the low 16 bits of both parts
///   uint16_t composition[compositions]   indices of pairs that compose, by first and second part
///   uint16_t target[mappings]            the low 16 bits of the target
///   zero padding to 4
struct NormalizationCounts {
  uint16_t combining_runs, pairs, mappings, compositions;
};

/// The strings of a chat template. Control tokens are written as their text.
enum class ChatText : uint8_t {
  Begin,         ///< Before everything.
  SystemBefore,  ///< Before the system text, where there is one.
  SystemAfter,
  UserBefore,
  UserAfter,
  AssistantBefore,  ///< What makes the model reply.
  AssistantAfter,
  DefaultSystem,  ///< The system text of a conversation that names none.
  Count
};
inline constexpr uint32_t kChatTextCount = static_cast<uint32_t>(ChatText::Count);
enum ChatFlag : uint32_t {
  kChatTrims = 1,            ///< Spaces around what is said are dropped.
  kChatSystemOpensUser = 2,  ///< SystemBefore stands for the first UserBefore.
};
inline constexpr uint32_t kKnownChatFlags = 3;

// Section Tokenizer, tables one after the other without padding:
//   uint32_t offset[vocabulary + 1]   into the pool; ascending, offset[0] = 0, last = pool bytes
//   uint32_t rank[vocabulary]         merge priority, 0 first; kNoRank: never the result of a merge
//   uint32_t byte_token[256]          kNoToken where there is none
//   uint32_t slot[hash_slots]         open addressing over piece text (FNV-1a), kNoToken = empty
//   uint32_t added[added_tokens]      tokens, by their text in ascending order
//   uint8_t  normalization[normalization_bytes]
//   uint16_t merge[vocabulary]        with kPairMerges only; see kLeftBytesMask
//   uint8_t  type[vocabulary]         PieceType
//   uint8_t  added_rule[added_tokens] AddedTokenRule bits
//   uint8_t  class_run[3 · class_runs] little-endian: first code point << 3 | CharacterClass
//   uint8_t  chat[chat_bytes]
//   uint8_t  pool[piece_pool_bytes]   the pieces as text: a space, not U+2581; byte pieces hold
//   their byte
//
// The Normal pieces are in the slots, each once. A piece is in the first free slot from
// hash & (hash_slots − 1) on, wrapping, less than kMaxProbes further.
inline constexpr uint32_t kNoRank = 0xFFFFFFFF;
inline constexpr uint32_t kMaxProbes = 64;  // bounds every lookup, whatever is in the table

}  // namespace nibble::format

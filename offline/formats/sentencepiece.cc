// Reads pieces and settings of a SentencePiece model.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/sentencepiece.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "offline/files/input_error.h"
#include "offline/formats/protobuf_reader.h"

namespace nibble::offline {
namespace {

using format::PieceType;

/// A piece as the file has it.
struct ScoredPiece {
  Piece piece;
  float score = 0;
};

// Numbers of sentencepiece_model.proto: the fields of its messages, then values of its
// enumerations.
enum ModelField : uint32_t { kPieces = 1, kTrainer = 2, kNormalizer = 3 };
enum PieceField : uint32_t { kText = 1, kScore = 2, kType = 3 };
enum TrainerField : uint32_t {
  kModelType = 3,
  kWhitespaceAsSuffix = 24,
  kByteFallbackField = 35,
  kBosPiece = 46,
  kEosPiece = 47
};
enum NormalizerField : uint32_t {
  kCharactersMap = 2,
  kAddDummyPrefixField = 3,
  kRemoveExtraWhitespaces = 4,
  kEscapeWhitespaces = 5
};
enum ModelType : uint64_t { kUnigram = 1, kBpe = 2 };

/// By the file's number of a piece's type, from 1.
constexpr PieceType kPieceTypes[] = {PieceType::Normal,      PieceType::Unknown, PieceType::Control,
                                     PieceType::UserDefined, PieceType::Unused,  PieceType::Byte};

PieceType piece_type(ProtobufReader& reader) {
  const uint64_t type = reader.varint();
  if (type < 1 || type > std::size(kPieceTypes)) {
    reader.fail("has unknown piece type " + std::to_string(type));
  }
  return kPieceTypes[type - 1];
}

/// Text in the runtime's terms. Spaces of the text become U+2581 before it is matched, so a piece
/// with a plain space is matched by nothing.
void set_text(ScoredPiece& scored, std::string_view written, const ProtobufReader& reader) {
  Piece& piece = scored.piece;
  if (piece.type == PieceType::Byte) {
    const auto byte = byte_of_piece(written);
    if (!byte) reader.fail("has byte piece '" + std::string(written) + "', not <0x00> to <0xFF>");
    piece.text = static_cast<char>(*byte);
    return;
  }
  if (written.find(' ') != std::string_view::npos) {
    if (piece.type == PieceType::UserDefined) reader.fail("has a user-defined piece with a space");
    if (piece.type == PieceType::Normal) piece.type = PieceType::Unused;
  }
  piece.text = text_of_piece(written);
  // SentencePiece looks for them where it merges: behind the prefix, among marked spaces.
  if (piece.type == PieceType::UserDefined) piece.rules = format::kInNormalizedText;
}

ScoredPiece read_piece(ProtobufReader reader) {
  ScoredPiece scored;
  std::string_view written;
  while (reader.next()) {
    switch (reader.field()) {
      case kText:
        written = reader.bytes();
        break;
      case kScore:
        scored.score = reader.fixed32_float();
        break;
      case kType:
        scored.piece.type = piece_type(reader);
        break;
      default:
        break;
    }
  }
  if (written.empty()) reader.fail("has an empty piece");
  if (!std::isfinite(scored.score)) reader.fail("has a piece whose score is not a finite number");
  set_text(scored, written, reader);
  return scored;
}

struct TrainerSettings {
  uint64_t model_type = kUnigram;  // of a file that does not say
  bool byte_fallback = false;
  std::string_view bos = "<s>", eos = "</s>";
};

TrainerSettings read_trainer(ProtobufReader reader) {
  TrainerSettings settings;
  while (reader.next()) {
    switch (reader.field()) {
      case kModelType:
        settings.model_type = reader.varint();
        break;
      case kWhitespaceAsSuffix:
        if (reader.boolean()) reader.fail("has treat_whitespace_as_suffix, which is not supported");
        break;
      case kByteFallbackField:
        settings.byte_fallback = reader.boolean();
        break;
      case kBosPiece:
        settings.bos = reader.bytes();
        break;
      case kEosPiece:
        settings.eos = reader.bytes();
        break;
      default:
        break;
    }
  }
  return settings;
}

/// @returns whether a space is put before the text
bool read_normalizer(ProtobufReader reader) {
  bool add_dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
  while (reader.next()) {
    switch (reader.field()) {
      case kCharactersMap:
        if (!reader.bytes().empty()) {
          reader.fail(
              "has a normalization map (precompiled_charsmap), which is not supported; "
              "only identity is");
        }
        break;
      case kAddDummyPrefixField:
        add_dummy_prefix = reader.boolean();
        break;
      case kRemoveExtraWhitespaces:
        remove_extra_whitespaces = reader.boolean();
        break;
      case kEscapeWhitespaces:
        escape_whitespaces = reader.boolean();
        break;
      default:
        break;
    }
  }
  if (remove_extra_whitespaces) reader.fail("has remove_extra_whitespaces, which is not supported");
  if (!escape_whitespaces) reader.fail("has no escape_whitespaces, which is required");
  return add_dummy_prefix;
}

/// Ranks are the distinct scores of normal pieces, best first: what comparing scores decides,
/// comparing ranks decides.
void set_ranks(std::vector<ScoredPiece>& pieces) {
  std::vector<float> scores;
  for (const ScoredPiece& scored : pieces) {
    if (scored.piece.type == PieceType::Normal) scores.push_back(scored.score);
  }
  std::sort(scores.begin(), scores.end(), std::greater<>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  for (ScoredPiece& scored : pieces) {
    if (scored.piece.type != PieceType::Normal) continue;
    const auto rank =
        std::lower_bound(scores.begin(), scores.end(), scored.score, std::greater<>());
    scored.piece.rank = static_cast<uint32_t>(rank - scores.begin());
  }
}

uint32_t control_token(const Vocabulary& vocabulary, std::string_view text) {
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    if (piece.type == PieceType::Control && piece.text == text) return token;
  }
  return format::kNoToken;
}

void set_special_tokens(Vocabulary& vocabulary, const TrainerSettings& trainer,
                        const std::string& where) {
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    if (vocabulary.pieces[token].type != PieceType::Unknown) continue;
    if (vocabulary.unknown != format::kNoToken) throw InputError(where, "has two unknown pieces");
    vocabulary.unknown = token;
  }
  vocabulary.bos = control_token(vocabulary, trainer.bos);
  // What Llama's tokenizer does unless tokenizer_config.json says otherwise.
  if (vocabulary.bos != format::kNoToken) vocabulary.flags |= format::kAddBos;
  const uint32_t eos = control_token(vocabulary, trainer.eos);
  if (eos != format::kNoToken) vocabulary.eos = {eos};
}

}  // namespace

Vocabulary parse_sentencepiece(std::string_view model, const std::string& where) {
  std::vector<ScoredPiece> pieces;
  TrainerSettings trainer;
  bool has_normalizer = false, add_dummy_prefix = false;
  ProtobufReader reader(model, where);
  while (reader.next()) {
    switch (reader.field()) {
      case kPieces:
        if (pieces.size() == format::kMaxVocabulary) reader.fail("has too many pieces");
        pieces.push_back(read_piece(reader.message()));
        break;
      case kTrainer:
        trainer = read_trainer(reader.message());
        break;
      case kNormalizer:
        add_dummy_prefix = read_normalizer(reader.message());
        has_normalizer = true;
        break;
      default:
        break;
    }
  }
  if (trainer.model_type != kBpe) {
    throw InputError(where, "is not a BPE model (model_type " + std::to_string(trainer.model_type) +
                                "); only BPE is supported");
  }
  if (!has_normalizer) throw InputError(where, "has no normalizer_spec; the file is incomplete");
  set_ranks(pieces);

  Vocabulary vocabulary;
  if (add_dummy_prefix) vocabulary.flags |= format::kAddDummyPrefix;
  if (trainer.byte_fallback) vocabulary.flags |= format::kByteFallback;
  for (ScoredPiece& scored : pieces) vocabulary.pieces.push_back(std::move(scored.piece));
  set_special_tokens(vocabulary, trainer, where);
  return vocabulary;
}

}  // namespace nibble::offline

// nibble report: from result files to reports, model cards, and bundles for a hub.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"
#include "offline/cli/standard_output.h"
#include "offline/files/input_error.h"
#include "offline/files/output_file.h"
#include "offline/publish/bundle.h"
#include "offline/publish/bundle_check.h"
#include "offline/publish/figures.h"
#include "offline/publish/model_card.h"
#include "offline/publish/report_document.h"
#include "offline/results/result_file.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

struct ReportArguments {
  std::vector<std::string> results;
  std::string blobs, output, html, cards, bundle, check, variant;
  uint32_t group = 0;
  FrontMatter matter;
};

/// By time: of cells that were measured twice, the later one counts, whatever its file is called.
std::vector<ResultCell> read_results(const std::vector<std::string>& paths) {
  std::multimap<std::string, ResultCell> by_time;
  for (const std::string& path : paths) {
    for (ResultCell& cell :
         fs::is_directory(path) ? read_result_folder(path) : read_result_file(path)) {
      by_time.emplace(cell.timestamp, std::move(cell));
    }
  }
  std::vector<ResultCell> cells;
  for (auto& [time, cell] : by_time) cells.push_back(std::move(cell));
  return cells;
}

/// The one group that cards are about. Throws UsageError, listing what there is.
const CellGroup& chosen_group(const ReportArguments& arguments,
                              const std::vector<CellGroup>& groups) {
  if (arguments.group == 0 && groups.size() == 1) return groups.front();
  if (arguments.group >= 1 && arguments.group <= groups.size()) return groups[arguments.group - 1];
  std::string list;
  for (size_t i = 0; i < groups.size(); ++i) {
    list += "\n  " + std::to_string(i + 1) + ": " + groups[i].title;
  }
  throw UsageError(
      "the results are of several models, hosts or requests, which no card compares; "
      "give --group NUMBER:" +
      without_controls(list));
}

FrontMatter front_matter(const ReportArguments& arguments, const ResultCell& cell,
                         const std::optional<BlobDetails>& blob) {
  FrontMatter matter = arguments.matter;
  if (matter.license.empty() && blob) {
    matter.license = hub_license(blob->facts.at("provenance").at("license").get<std::string>());
  }
  if (matter.license.empty()) {
    throw UsageError("results do not tell the model's license; give --license ID or --blobs DIR");
  }
  for (const std::string& tag : {std::string("nibble"), std::string("quantized"), cell.variant}) {
    if (std::ranges::find(matter.tags, tag) == matter.tags.end()) matter.tags.push_back(tag);
  }
  const std::vector<std::string> faults = check_front_matter(matter);
  if (!faults.empty()) throw UsageError("the front matter would not do: " + faults.front());
  return matter;
}

Publication publication(const ReportArguments& arguments, const CellGroup& group,
                        const std::string& variant) {
  const std::vector<std::string> variants = variants_of(group);
  if (std::ranges::find(variants, variant) == variants.end()) {
    throw UsageError("--variant '" + variant + "': the results have no such variant");
  }
  const auto cell = std::ranges::find(group.cells, variant, &ResultCell::variant);
  Publication publication{group, variant, {}, {}};
  if (!arguments.blobs.empty()) publication.blob = find_blob(arguments.blobs, *cell);
  publication.matter = front_matter(arguments, *cell, publication.blob);
  return publication;
}

void write_all_cards(const ReportArguments& arguments, const CellGroup& group) {
  std::vector<Publication> cards;
  for (const std::string& variant : variants_of(group)) {
    cards.push_back(publication(arguments, group, variant));
  }
  write_cards(cards, arguments.cards);
}

void write_preview(const ReportArguments& arguments, const std::vector<CellGroup>& groups) {
  if (arguments.variant.empty()) {
    write_output_file(arguments.html, html_of(report_document(groups), "Report on variants"));
    return;
  }
  const Publication card =
      publication(arguments, chosen_group(arguments, groups), arguments.variant);
  write_output_file(arguments.html, html_of(model_card(card), card.file_name()));
}

void write_report(const ReportArguments& arguments, const std::vector<CellGroup>& groups) {
  const std::string text = markdown_of(report_document(groups));
  if (arguments.output.empty()) return print(text);
  const fs::path path = arguments.output;
  for (size_t i = 0; i < groups.size(); ++i) {
    const std::string prefix = i == 0 ? "" : "group-" + std::to_string(i + 1) + "-";
    for (const Picture& plot : plots_of(groups[i], prefix)) {
      write_output_file(path.parent_path() / plot.file, plot.svg);
    }
  }
  write_output_file(path, text);
}

ExitStatus run_check(const std::string& folder) {
  const std::vector<std::string> faults = check_bundle(folder);
  for (const std::string& fault : faults) print(fault + "\n");
  if (faults.empty()) print(without_controls(folder) + ": whole, and of one blob\n");
  return faults.empty() ? ExitStatus::Ok : ExitStatus::BarMissed;
}

void require_sense(const ReportArguments& arguments) {
  if (arguments.results.empty()) {
    throw UsageError("report: give a folder of results, or --check DIR");
  }
  if (arguments.bundle.empty()) return;
  if (arguments.variant.empty()) throw UsageError("--bundle: give --variant NAME, which it is of");
  if (arguments.blobs.empty()) throw UsageError("--bundle: give --blobs DIR, where its blob is");
}

ExitStatus run_report(const ReportArguments& arguments) {
  if (!arguments.check.empty()) return run_check(arguments.check);
  require_sense(arguments);
  std::vector<CellGroup> groups = group_cells(read_results(arguments.results));
  std::ranges::for_each(groups, order_cells);
  if (groups.empty()) throw InputError(arguments.results.front(), "has no measured cell");
  if (!arguments.cards.empty()) write_all_cards(arguments, chosen_group(arguments, groups));
  if (!arguments.bundle.empty()) {
    const CellGroup& group = chosen_group(arguments, groups);
    write_bundle(publication(arguments, group, arguments.variant), arguments.bundle);
  }
  if (!arguments.html.empty()) write_preview(arguments, groups);
  const bool has_other =
      !arguments.cards.empty() || !arguments.bundle.empty() || !arguments.html.empty();
  if (!has_other || !arguments.output.empty()) write_report(arguments, groups);
  return ExitStatus::Ok;
}

void add_output_options(CLI::App& command, ReportArguments& arguments) {
  command.add_option("-o,--output", arguments.output,
                     "Markdown report, its plots beside it; default: standard output");
  command.add_option("--html", arguments.html,
                     "HTML preview of the report, or of the card of --variant: one file");
  command.add_option("--model-card", arguments.cards,
                     "Folder to write: a card per variant, a page that lists them, plots");
  command.add_option("--bundle", arguments.bundle,
                     "Folder to write for a hub: the blob of --variant, its card, checksums");
  command.add_option("--check", arguments.check,
                     "Verify a bundle: checksums, front matter, links, identity of the blob");
  command.add_option("--variant", arguments.variant, "The variant of a bundle or a preview");
  command.add_option("--blobs", arguments.blobs, "Folder of the blobs that were measured");
  command
      .add_option("--group", arguments.group,
                  "Which results, by number, where they are of several models or hosts")
      ->check(whole_number(1, 1'000'000));
}

void add_card_options(CLI::App& command, FrontMatter& matter) {
  command.add_option("--license", matter.license,
                     "License as hubs call it; default: the one that the blob names");
  command
      .add_option("--base-model", matter.base_model,
                  "OWNER/NAME of the model on the hub; repeatable")
      ->allow_extra_args(false);
  command.add_option("--language", matter.language, "ISO 639 code, such as en; repeatable")
      ->allow_extra_args(false);
  command.add_option("--tag", matter.tags, "Tag of the card; repeatable")->allow_extra_args(false);
}

}  // namespace

void add_report_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App& command = *app.add_subcommand("report", "Make pages of results that people publish");
  command.add_option("RESULTS", arguments->results, "Folders or files that nibble tune wrote");
  add_output_options(command, *arguments);
  add_card_options(command, arguments->matter);
  command.callback([arguments, &status] { status = run_report(*arguments); });
}

}  // namespace nibble::offline

// Axes with round ticks, a point for each cell, and labels that keep clear of each other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/tradeoff_plot.h"

#include <algorithm>
#include <cmath>

#include "offline/report/svg.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

constexpr double kWidth = 800, kHeight = 480, kLeft = 80, kRight = 120, kTop = 30, kBottom = 50;
constexpr double kLineHeight = 13, kLetterWidth = 6.6;

struct Point {
  std::string label;
  Tradeoff tradeoff;
};

std::vector<Point> points_of(const CellGroup& group, QualityMetric metric) {
  const auto has_other_threads = [&](const ResultCell& cell) {
    return cell.threads != group.cells.front().threads;
  };
  const bool shows_threads = std::ranges::any_of(group.cells, has_other_threads);
  std::vector<Point> points;
  for (const ResultCell& cell : group.cells) {
    const std::optional<double> quality = quality_of(cell, metric);
    if (!quality) continue;
    const std::string threads =
        shows_threads ? ", " + std::to_string(cell.threads) + " threads" : "";
    points.push_back({cell.variant + " ×" + std::to_string(cell.batch_size) + threads,
                      {cell.decode_tokens_per_second, *quality}});
  }
  return points;
}

SvgAxis axis_over(const std::vector<double>& ticks, double first, double last) {
  return {ticks.front(), ticks.back(), first, last};
}

std::vector<double> ticks_of(const std::vector<Point>& points, double Tradeoff::* figure) {
  const auto less = [&](const Point& a, const Point& b) {
    return a.tradeoff.*figure < b.tradeoff.*figure;
  };
  const auto [least, most] = std::ranges::minmax_element(points, less);
  return round_ticks(least->tradeoff.*figure, most->tradeoff.*figure, 6);
}

/// As many places as tell neighbors apart.
int places_of(const std::vector<double>& ticks) {
  const double step = ticks[1] - ticks[0];
  return std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
}

/// A place on the picture that is taken.
struct Box {
  double left, top, right, bottom;
  bool overlaps(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

/// Labels beside their points, where no point and no other label is: above them at first, for the
/// front goes down to the right.
class Labels {
 public:
  explicit Labels(const std::vector<std::pair<double, double>>& points) {
    for (const auto& [x, y] : points) taken_.push_back({x - 5, y - 5, x + 5, y + 5});
  }

  std::string place(double x, double y, const std::string& text) {
    const double width = kLetterWidth * static_cast<double>(text.size());
    for (double away = 0;; away += kLineHeight) {
      for (const double top : {y - kLineHeight - away, y + away}) {
        for (const double left : {x + 7, x - 7 - width}) {
          const Box box{left, top, left + width, top + kLineHeight};
          if (std::ranges::any_of(taken_, [&](const Box& other) { return box.overlaps(other); }))
            continue;
          taken_.push_back(box);
          return svg_text(left, top + kLineHeight - 3, SvgAnchor::Start, text);
        }
      }
    }
  }

 private:
  std::vector<Box> taken_;
};

class TradeoffPlot {
 public:
  TradeoffPlot(const std::vector<Point>& points, QualityMetric metric)
      : points_(points),
        metric_(metric),
        speeds_(ticks_of(points, &Tradeoff::speed)),
        qualities_(ticks_of(points, &Tradeoff::quality)),
        x_(axis_over(speeds_, kLeft, kWidth - kRight)),
        y_(axis_over(qualities_, kHeight - kBottom, kTop)) {}

  std::string body() const { return grid() + front() + points(); }

 private:
  std::string quality_text(double quality) const {
    const double shown = metric_ == QualityMetric::Perplexity ? -quality : 100 * quality;
    const int places = places_of(qualities_) - (metric_ == QualityMetric::Obedience ? 2 : 0);
    return decimal(shown, std::max(0, places)) + (metric_ == QualityMetric::Obedience ? " %" : "");
  }

  std::string grid() const {
    std::string svg;
    for (const double tick : speeds_) {
      const double x = x_.place(tick);
      svg +=
          svg_line(x, kTop, x, kHeight - kBottom, SvgRole::Grid) +
          svg_text(x, kHeight - kBottom + 18, SvgAnchor::Middle, decimal(tick, places_of(speeds_)));
    }
    for (const double tick : qualities_) {
      const double y = y_.place(tick);
      svg += svg_line(kLeft, y, kWidth - kRight, y, SvgRole::Grid) +
             svg_text(kLeft - 6, y + 4, SvgAnchor::End, quality_text(tick));
    }
    const char* const metric = metric_ == QualityMetric::Perplexity ? "perplexity, the least above"
                                                                    : "obedience, share of prompts";
    return svg + svg_text(kLeft - 60, kTop - 12, SvgAnchor::Start, metric) +
           svg_text(kWidth - kRight, kTop - 12, SvgAnchor::End, "filled: the Pareto front") +
           svg_text((kLeft + kWidth - kRight) / 2, kHeight - 10, SvgAnchor::Middle,
                    "decode tokens/s, all requests together");
  }

  std::vector<Tradeoff> tradeoffs() const {
    std::vector<Tradeoff> tradeoffs;
    for (const Point& point : points_) tradeoffs.push_back(point.tradeoff);
    return tradeoffs;
  }

  std::pair<double, double> place(const Point& point) const {
    return {x_.place(point.tradeoff.speed), y_.place(point.tradeoff.quality)};
  }

  std::string front() const {
    const std::vector<bool> is_front = pareto_front(tradeoffs());
    std::vector<std::pair<double, double>> line;
    for (size_t i = 0; i < points_.size(); ++i) {
      if (is_front[i]) line.push_back(place(points_[i]));
    }
    std::ranges::sort(line);
    return line.size() < 2 ? "" : svg_path(line, SvgRole::Front);
  }

  std::string points() const {
    const std::vector<bool> is_front = pareto_front(tradeoffs());
    std::vector<std::pair<double, double>> places;
    for (const Point& point : points_) places.push_back(place(point));
    Labels labels(places);
    std::string svg;
    for (size_t i = 0; i < points_.size(); ++i) {
      const auto [x, y] = place(points_[i]);
      svg += svg_point(x, y, is_front[i] ? SvgRole::Good : SvgRole::Other,
                       points_[i].label + ": " + decimal(points_[i].tradeoff.speed, 1) +
                           " tokens/s, " + quality_text(points_[i].tradeoff.quality)) +
             labels.place(x, y, points_[i].label);
    }
    return svg;
  }

  const std::vector<Point>& points_;
  QualityMetric metric_;
  std::vector<double> speeds_, qualities_;
  SvgAxis x_, y_;
};

}  // namespace

std::vector<bool> pareto_front(const std::vector<Tradeoff>& points) {
  std::vector<bool> is_front;
  for (const Tradeoff& point : points) {
    is_front.push_back(std::ranges::none_of(points, [&](const Tradeoff& other) {
      return other.speed >= point.speed && other.quality >= point.quality &&
             (other.speed > point.speed || other.quality > point.quality);
    }));
  }
  return is_front;
}

std::string tradeoff_plot(const CellGroup& group) {
  const QualityMetric metric = common_metric(group);
  const std::vector<Point> points = points_of(group, metric);
  if (points.size() < 2) return "";
  return svg_document(kWidth, kHeight, "Decode speed against quality: " + group.title,
                      TradeoffPlot(points, metric).body());
}

}  // namespace nibble::offline

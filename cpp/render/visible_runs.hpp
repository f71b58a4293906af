// Which polygon is on top in the rows of a window, from the spans of polygons that are painted one after the other.
//
// From row to row the ends of spans move a little and seldom change their order; only then is it found out anew what
// lies on top of what.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "render/polygon_spans.hpp"

namespace plyo::render {

class VisibleRuns {
 public:
  static constexpr std::uint32_t kNothing = 0xFFFFFFFFU;

  // Pixels with one polygon on top: from edge `edge`, which is at x_of(edge), to the next run's.
  struct Run {
    std::uint32_t edge;
    std::uint32_t polygon;  // or kNothing
  };

  // The spans stay where they are until the last row. `rows` has all of theirs.
  void begin(const PolygonSpans& spans, const WindowRows& rows);
  // Goes to the next row, first to rows.top. Returns whether other runs have come.
  bool next_row();

  // The polygon at the left border, and the runs after it, in order; their edges are inside of the window.
  std::uint32_t first() const { return first_; }
  const std::vector<Run>& runs() const { return runs_; }
  std::int32_t x_of(std::uint32_t edge) const { return edges_[edge].x; }

 private:
  // An end of a span that is in the row.
  struct Edge {
    std::int32_t x;
    std::int32_t number;  // entry [number + row] is its x
    std::uint32_t span;
    bool is_end;
  };

  void drop_ended();
  void take_new();
  bool move_edges();
  bool is_still_valid() const;
  void find_runs();

  const Span* spans_ = nullptr;
  const std::int16_t* numbers_ = nullptr;
  int row_ = 0;
  std::vector<std::uint32_t> order_;              // the spans by their first row
  std::uint32_t starts_[kWindowHeight + 1] = {};  // where those of a row end in order_
  bool ends_[kWindowHeight + 1] = {};             // whether spans had their last row above

  std::vector<Edge> edges_, new_;
  std::vector<Run> runs_;
  std::uint32_t first_ = kNothing;
  std::size_t num_left_ = 0, num_inside_ = 0;  // edges at the left border, and those at no border
  std::vector<std::uint64_t> alive_;           // of find_runs(): the spans at a place
};

}  // namespace plyo::render

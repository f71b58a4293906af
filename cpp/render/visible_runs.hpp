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

  // The spans stay where they are until the last row. `rows` has all of theirs.
  void begin(const PolygonSpans& spans, const WindowRows& rows);
  // Goes to the next row, first to rows.top. Returns whether anything but the places of the edges has changed.
  bool next_row();

  // The edges of the row: where spans begin and end, in order, 0 to kWindowWidth. So many more that their number is
  // a multiple of kPadding lie far to the right.
  static constexpr std::size_t kPadding = 8;
  const std::vector<std::int16_t>& places() const { return places_; }
  std::size_t num_edges() const { return edges_.size(); }
  // As entry i, the polygon on top between edge i - 1 and edge i, where it has pixels, unless both are at one place.
  const std::uint32_t* tops() const { return tops_.data(); }
  // Edges [first, last) are not at the borders of the window.
  std::size_t first_inside() const { return first_inside_; }
  std::size_t last_inside() const { return last_inside_; }

 private:
  // An end of a span that is in the row.
  struct Edge {
    std::int32_t number;  // entry [number + row] is its place
    std::uint32_t span;   // twice its index, and 1 where it ends
  };

  bool drop_ended();
  bool move_edges();
  bool take_new();
  bool is_still_valid() const;
  void find_tops();
  static bool sort(std::int16_t* places, Edge* edges, std::size_t count);

  const Span* spans_ = nullptr;
  const std::int16_t* numbers_ = nullptr;
  int row_ = 0;
  std::vector<std::uint32_t> order_;              // the spans by their first row
  std::uint32_t starts_[kWindowHeight + 1] = {};  // where those of a row end in order_
  bool ends_[kWindowHeight + 1] = {};             // whether spans had their last row above

  std::vector<std::int16_t> places_, new_places_;
  std::vector<Edge> edges_, new_edges_;
  std::vector<std::uint32_t> tops_;
  std::size_t first_inside_ = 0, last_inside_ = 0;
  std::vector<std::uint64_t> alive_;  // of find_tops(): the spans at a place
};

}  // namespace plyo::render

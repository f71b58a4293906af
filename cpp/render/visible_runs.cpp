#include "render/visible_runs.hpp"

#include <algorithm>
#include <bit>

namespace plyo::render {

namespace {

// Sorts what is nearly in order; equals stay in theirs. Returns whether anything has moved.
template <class Edge>
bool sort_edges(Edge* edges, std::size_t count) {
  bool moved = false;
  for (std::size_t i = 1; i < count; ++i) {
    if (edges[i - 1].x <= edges[i].x) continue;
    const Edge edge = edges[i];
    std::size_t k = i;
    for (; k > 0 && edges[k - 1].x > edge.x; --k) edges[k] = edges[k - 1];
    edges[k] = edge;
    moved = true;
  }
  return moved;
}

}  // namespace

void VisibleRuns::begin(const PolygonSpans& spans, const WindowRows& rows) {
  const std::vector<Span>& list = spans.spans();
  spans_ = list.data();
  numbers_ = spans.numbers();
  row_ = rows.top - 1;
  edges_.clear();
  runs_.clear();
  first_ = kNothing;
  num_left_ = num_inside_ = 0;
  alive_.assign(list.size() / 64 + 1, 0);
  // sorted by counting
  std::fill(std::begin(starts_), std::end(starts_), 0U);
  std::fill(std::begin(ends_), std::end(ends_), false);
  for (const Span& span : list) {
    ++starts_[span.first + 1];
    ends_[span.last + 1] = true;
  }
  for (int row = 1; row <= kWindowHeight; ++row) starts_[row] += starts_[row - 1];
  order_.resize(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    order_[starts_[list[i].first]++] = static_cast<std::uint32_t>(i);
  }
}

bool VisibleRuns::next_row() {
  ++row_;
  bool changed = false;
  if (ends_[row_]) {
    drop_ended();
    changed = true;
  }
  changed |= move_edges();
  if (starts_[row_] != (row_ == 0 ? 0 : starts_[row_ - 1])) {
    take_new();
    changed = true;
  }
  changed = changed || !is_still_valid();
  if (changed) find_runs();
  return changed;
}

void VisibleRuns::drop_ended() {
  const auto is_over = [&](const Edge& edge) { return spans_[edge.span].last < row_; };
  edges_.erase(std::remove_if(edges_.begin(), edges_.end(), is_over), edges_.end());
}

// Returns whether the order has changed.
bool VisibleRuns::move_edges() {
  const std::int16_t* const numbers = numbers_ + row_;
  bool in_order = true;
  std::int32_t before = 0;
  for (Edge& edge : edges_) {
    edge.x = numbers[edge.number];
    in_order &= before <= edge.x;
    before = edge.x;
  }
  return !in_order && sort_edges(edges_.data(), edges_.size());
}

// Merges the edges of the spans that begin here into the others.
void VisibleRuns::take_new() {
  new_.clear();
  for (std::uint32_t i = row_ == 0 ? 0 : starts_[row_ - 1]; i < starts_[row_]; ++i) {
    const std::uint32_t index = order_[i];
    const Span& span = spans_[index];
    new_.push_back({numbers_[span.begin + row_], span.begin, index, false});
    new_.push_back({numbers_[span.end + row_], span.end, index, true});
  }
  sort_edges(new_.data(), new_.size());
  std::size_t old_count = edges_.size(), new_count = new_.size();
  edges_.resize(old_count + new_count);
  for (std::size_t at = edges_.size(); new_count > 0; --at) {
    const bool is_old = old_count > 0 && edges_[old_count - 1].x > new_[new_count - 1].x;
    edges_[at - 1] = is_old ? edges_[--old_count] : new_[--new_count];
  }
}

// Whether the runs are still those of find_runs(), if the edges are still in order.
bool VisibleRuns::is_still_valid() const {
  const std::size_t end = num_left_ + num_inside_;
  return (num_left_ == 0 || edges_[num_left_ - 1].x == 0) &&
         (num_inside_ == 0 || edges_[end - 1].x < kWindowWidth) &&
         (end == edges_.size() || edges_[end].x >= kWindowWidth);
}

void VisibleRuns::find_runs() {
  runs_.clear();
  first_ = kNothing;
  num_left_ = num_inside_ = 0;
  std::uint32_t top = 0;  // the number of the span, from 1
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    const Edge& edge = edges_[i];
    const std::uint32_t span = edge.span + 1, before = top;
    std::uint64_t& word = alive_[span / 64];
    const std::uint64_t bit = std::uint64_t{1} << (span % 64);
    if (!edge.is_end) {
      word |= bit;
      top = std::max(top, span);
    } else {
      word &= ~bit;
      if (span == top) {
        std::size_t at = span / 64;
        while (at > 0 && alive_[at] == 0) --at;
        top = alive_[at] == 0 ? 0
                              : static_cast<std::uint32_t>(64 * at) + 63 -
                                    static_cast<std::uint32_t>(std::countl_zero(alive_[at]));
      }
    }
    const std::uint32_t polygon = top == 0 ? kNothing : spans_[top - 1].polygon;
    if (edge.x <= 0) {
      first_ = polygon;
      num_left_ = i + 1;
    } else if (edge.x < kWindowWidth) {
      num_inside_ = i + 1 - num_left_;
      if (top != before) runs_.push_back({static_cast<std::uint32_t>(i), polygon});
    }
  }
}

}  // namespace plyo::render

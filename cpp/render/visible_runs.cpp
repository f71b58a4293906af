#include "render/visible_runs.hpp"

#include <algorithm>
#include <bit>

namespace plyo::render {

void VisibleRuns::begin(const PolygonSpans& spans, const WindowRows& rows) {
  const std::vector<Span>& list = spans.spans();
  spans_ = list.data();
  numbers_ = spans.numbers();
  row_ = rows.top - 1;
  edges_.clear();
  places_.assign(kPadding, INT16_MAX);
  alive_.assign(list.size() / 64 + 1, 0);
  find_tops();
  // sorted by counting
  std::fill(std::begin(starts_), std::end(starts_), 0U);
  std::fill(std::begin(ends_), std::end(ends_), false);
  for (const Span& span : list) {
    ++starts_[span.first + 1];
    ends_[span.last + 1] = true;
  }
  for (int row = rows.top + 1; row <= rows.bottom + 1; ++row) starts_[row] += starts_[row - 1];
  order_.resize(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    order_[starts_[list[i].first]++] = static_cast<std::uint32_t>(i);
  }
}

bool VisibleRuns::next_row() {
  ++row_;
  bool changed = ends_[row_] && drop_ended();
  changed |= move_edges();
  changed |= starts_[row_] != (row_ == 0 ? 0 : starts_[row_ - 1]) && take_new();
  changed = changed || !is_still_valid();
  if (changed) find_tops();
  return changed;
}

bool VisibleRuns::drop_ended() {
  const auto is_over = [&](const Edge& edge) { return spans_[edge.span / 2].last < row_; };
  edges_.erase(std::remove_if(edges_.begin(), edges_.end(), is_over), edges_.end());
  return true;
}

// Sorts what is nearly in order; equals stay in theirs. Returns whether anything has moved.
bool VisibleRuns::sort(std::int16_t* places, Edge* edges, std::size_t count) {
  bool moved = false;
  for (std::size_t i = 1; i < count; ++i) {
    const std::int16_t place = places[i];
    if (places[i - 1] <= place) continue;
    const Edge edge = edges[i];
    std::size_t k = i;
    for (; k > 0 && places[k - 1] > place; --k) {
      places[k] = places[k - 1];
      edges[k] = edges[k - 1];
    }
    places[k] = place;
    edges[k] = edge;
    moved = true;
  }
  return moved;
}

// Returns whether the order has changed.
bool VisibleRuns::move_edges() {
  const std::int16_t* const numbers = numbers_ + row_;
  std::int16_t* const places = places_.data();
  const std::size_t count = edges_.size();
  bool in_order = true;
  std::int16_t before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int16_t place = numbers[edges_[i].number];
    places[i] = place;
    in_order &= before <= place;
    before = place;
  }
  return !in_order && sort(places, edges_.data(), count);
}

// Merges the edges of the spans that begin here into the others.
bool VisibleRuns::take_new() {
  new_edges_.clear();
  new_places_.clear();
  for (std::uint32_t i = row_ == 0 ? 0 : starts_[row_ - 1]; i < starts_[row_]; ++i) {
    const std::uint32_t index = order_[i];
    const Span& span = spans_[index];
    new_edges_.push_back({span.begin, 2 * index});
    new_edges_.push_back({span.end, 2 * index + 1});
    new_places_.push_back(numbers_[span.begin + row_]);
    new_places_.push_back(numbers_[span.end + row_]);
  }
  sort(new_places_.data(), new_edges_.data(), new_edges_.size());
  std::size_t old_count = edges_.size(), new_count = new_edges_.size();
  edges_.resize(old_count + new_count);
  places_.resize((edges_.size() + kPadding) / kPadding * kPadding);
  for (std::size_t at = edges_.size(); new_count > 0; --at) {
    if (old_count > 0 && places_[old_count - 1] > new_places_[new_count - 1]) {
      --old_count;
      edges_[at - 1] = edges_[old_count];
      places_[at - 1] = places_[old_count];
    } else {
      --new_count;
      edges_[at - 1] = new_edges_[new_count];
      places_[at - 1] = new_places_[new_count];
    }
  }
  return true;
}

// Whether the edges at the borders are still those of find_tops(), if the order is the same.
bool VisibleRuns::is_still_valid() const {
  return (first_inside_ == 0 || places_[first_inside_ - 1] == 0) &&
         (first_inside_ == last_inside_ || places_[last_inside_ - 1] < kWindowWidth) &&
         (last_inside_ == edges_.size() || places_[last_inside_] >= kWindowWidth);
}

void VisibleRuns::find_tops() {
  const std::size_t count = edges_.size();
  places_.resize((count + kPadding) / kPadding * kPadding);
  std::fill(places_.begin() + static_cast<std::ptrdiff_t>(count), places_.end(), INT16_MAX);
  tops_.resize(count + 1);
  tops_[0] = kNothing;
  first_inside_ = last_inside_ = 0;
  std::uint32_t top = 0;  // the number of the span, from 1
  for (std::size_t i = 0; i < count; ++i) {
    const Edge edge = edges_[i];
    const std::uint32_t span = edge.span / 2 + 1;
    std::uint64_t& word = alive_[span / 64];
    const std::uint64_t bit = std::uint64_t{1} << (span % 64);
    word ^= bit;
    if (edge.span % 2 == 0) {
      top = std::max(top, span);
    } else if (span == top) {
      std::size_t at = span / 64;
      while (at > 0 && alive_[at] == 0) --at;
      const int high = 63 - std::countl_zero(alive_[at]);
      top = alive_[at] == 0 ? 0 : static_cast<std::uint32_t>(64 * at) + static_cast<std::uint32_t>(high);
    }
    tops_[i + 1] = top == 0 ? kNothing : spans_[top - 1].polygon;
    first_inside_ += places_[i] <= 0 ? 1 : 0;
    last_inside_ += places_[i] < kWindowWidth ? 1 : 0;
  }
}

}  // namespace plyo::render

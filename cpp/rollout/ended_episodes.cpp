#include "ended_episodes.hpp"

#include <algorithm>

namespace plyo {

void EndedEpisodes::add(const EndedLanes& ended, const RowSizes& observations, std::size_t time,
                        std::size_t first) {
  for (std::size_t i = 0; i < ended.count; ++i) {
    times.push_back(static_cast<std::int64_t>(time));
    lanes.push_back(static_cast<std::int64_t>(first + ended.lanes[i]));
    returns.push_back(ended.returns[i]);
    lengths.push_back(ended.lengths[i]);
  }
  if (!ended.final_observations.leaves()) return;
  final_observations.resize(observations.count);
  for (std::size_t k = 0; k < observations.count; ++k) {
    const auto* const rows = static_cast<const std::byte*>(ended.final_observations.leaves().at[k]);
    std::vector<std::byte>& all = final_observations[k];
    all.insert(all.end(), rows, rows + ended.count * observations.bytes[k]);
  }
}

void EndedEpisodes::append(const EndedEpisodes& later, std::size_t time) {
  for (const std::int64_t t : later.times) times.push_back(t + static_cast<std::int64_t>(time));
  lanes.insert(lanes.end(), later.lanes.begin(), later.lanes.end());
  returns.insert(returns.end(), later.returns.begin(), later.returns.end());
  lengths.insert(lengths.end(), later.lengths.begin(), later.lengths.end());
  final_observations.resize(std::max(final_observations.size(), later.final_observations.size()));
  for (std::size_t k = 0; k < later.final_observations.size(); ++k) {
    const std::vector<std::byte>& rows = later.final_observations[k];
    final_observations[k].insert(final_observations[k].end(), rows.begin(), rows.end());
  }
}

EndedEpisodes merge(const std::vector<EndedEpisodes>& tiles, const RowSizes& observations) {
  std::size_t total = 0;
  for (const EndedEpisodes& tile : tiles) total += tile.times.size();
  struct Place {
    std::int64_t time;
    std::uint32_t tile, index;
  };
  std::vector<Place> places;
  places.reserve(total);
  for (std::size_t tile = 0; tile < tiles.size(); ++tile) {
    for (std::size_t i = 0; i < tiles[tile].times.size(); ++i) {
      places.push_back(
          {tiles[tile].times[i], static_cast<std::uint32_t>(tile), static_cast<std::uint32_t>(i)});
    }
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.time < b.time; });
  EndedEpisodes merged;
  merged.times.reserve(total);
  merged.lanes.reserve(total);
  merged.returns.reserve(total);
  merged.lengths.reserve(total);
  merged.final_observations.resize(observations.count);
  for (const Place& place : places) {
    const EndedEpisodes& tile = tiles[place.tile];
    merged.times.push_back(place.time);
    merged.lanes.push_back(tile.lanes[place.index]);
    merged.returns.push_back(tile.returns[place.index]);
    merged.lengths.push_back(tile.lengths[place.index]);
    for (std::size_t k = 0; k < tile.final_observations.size(); ++k) {
      const std::size_t bytes = observations.bytes[k];
      const std::byte* const row = tile.final_observations[k].data() + place.index * bytes;
      merged.final_observations[k].insert(merged.final_observations[k].end(), row, row + bytes);
    }
  }
  return merged;
}

}  // namespace plyo

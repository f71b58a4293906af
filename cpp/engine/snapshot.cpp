// Snapshots of a batch: a header that names the task and its arguments, one record a lane, and the parameters
// if they differ from those at the start of the batch.
#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <string_view>

#include "engine.hpp"
#include "errors.hpp"

namespace plyo {
namespace {

constexpr char kMagic[8] = {'P', 'L', 'Y', 'O', 'S', 'N', 'A', 'P'};
constexpr std::uint32_t kVersion = 1, kVersionWithParams = 2;

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t lane_bytes;
  std::uint64_t num_lanes;
  char task[40];  // padded with zeros
};

Header make_header(std::string_view task, std::size_t lane_bytes, std::size_t num_lanes,
                   std::uint32_t version = kVersion) {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = version;
  header.lane_bytes = static_cast<std::uint32_t>(lane_bytes);
  header.num_lanes = num_lanes;
  std::memcpy(header.task, task.data(), std::min(task.size(), sizeof(header.task) - 1));
  return header;
}

// The header of a snapshot; throws if it does not fit this task.
Header read_header(std::span<const std::byte> snapshot, const Header& expected) {
  Header header{};
  if (snapshot.size() < sizeof(header)) {
    throw std::invalid_argument(text("set_state: ", snapshot.size(), " bytes are no state of a batch"));
  }
  std::memcpy(&header, snapshot.data(), sizeof(header));
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) {
    throw std::invalid_argument("set_state: these bytes do not come from get_state");
  }
  if (header.version != kVersion && header.version != kVersionWithParams) {
    throw std::invalid_argument(text("set_state: the state has format version ", header.version,
                                     ", this build of Plyo reads versions ", kVersion, " and ",
                                     kVersionWithParams));
  }
  header.task[sizeof(header.task) - 1] = '\0';
  if (std::strcmp(header.task, expected.task) != 0) {
    // a name that is damaged may be no text
    const std::string_view name(header.task);
    const bool readable = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
    // people know a task without the digest of its text
    const std::string_view theirs = name.substr(0, name.find('@'));
    const std::string_view own = std::string_view(expected.task).substr(0, theirs.size());
    if (readable && own == theirs && expected.task[own.size()] == '@') {
      throw std::invalid_argument(
          text("set_state: the state is one of another version of ", own,
               ": the text that the task was compiled from has changed, or was compiled with debug=True"));
    }
    const std::string_view whole(expected.task);
    throw std::invalid_argument(text("set_state: the state is one of ", readable ? theirs : "a damaged name",
                                     ", this batch is of ", whole.substr(0, whole.find('@'))));
  }
  const std::size_t payload = snapshot.size() - sizeof(header);
  const std::size_t room = payload / expected.lane_bytes;
  const bool fits = header.version == kVersion
                        ? header.num_lanes == room && payload % expected.lane_bytes == 0
                        : header.num_lanes > 0 && header.num_lanes <= room &&
                              header.num_lanes * expected.lane_bytes < payload;
  if (header.lane_bytes != expected.lane_bytes || !fits) {
    throw std::invalid_argument(text("set_state: the state says ", header.num_lanes, " environments of ",
                                     header.lane_bytes, " bytes and holds ", payload, " bytes; expected ",
                                     expected.lane_bytes,
                                     " bytes each. Batches that observe pictures in other sizes, numbers or "
                                     "not at all have other states"));
  }
  return header;
}

}  // namespace

// Throws if these bytes from outside are not a State that can be stepped.
void Engine::check_state(std::span<const std::byte> record, const void* params) const {
  if (state_.is_record == nullptr || state_.is_record(params, record.data())) return;
  throw std::invalid_argument(
      text("set_state: the state is none that ", config_.task->name, " with these arguments can be in"));
}

std::vector<std::byte> Engine::save(std::span<const std::size_t> lanes) const {
  const Exclusive guard = reading();
  const std::size_t count = lanes.empty() ? num_envs() : lanes.size();
  const std::size_t lane_bytes = lanes_.lane_bytes();
  const bool with_params = params_.is_changed();
  const Header header =
      make_header(config_.task->key(), lane_bytes, count, with_params ? kVersionWithParams : kVersion);
  std::vector<std::byte> snapshot(sizeof(header) + count * lane_bytes);
  std::memcpy(snapshot.data(), &header, sizeof(header));
  for (std::size_t i = 0; i < count; ++i) {
    lanes_.save(lanes.empty() ? i : lanes[i], snapshot.data() + sizeof(header) + i * lane_bytes);
  }
  if (with_params) {
    const std::vector<std::byte> block = params_.save(lanes);
    snapshot.insert(snapshot.end(), block.begin(), block.end());
  }
  return snapshot;
}

void Engine::restore(std::span<const std::byte> snapshot, std::span<const std::size_t> lanes) {
  const Exclusive guard = exclusive();
  const std::size_t count = lanes.empty() ? num_envs() : lanes.size();
  const std::size_t lane_bytes = lanes_.lane_bytes();
  const Header header = read_header(snapshot, make_header(config_.task->key(), lane_bytes, count));
  if (header.num_lanes != count && header.num_lanes != 1) {
    throw std::invalid_argument(text("set_state: the state holds ", header.num_lanes, " environments, ",
                                     count, " are to be set; it must hold as many, or one for all"));
  }
  // checks all of them before any lane changes
  for (std::size_t i = 0; i < header.num_lanes; ++i) {
    const auto record = snapshot.subspan(sizeof(header) + i * lane_bytes, lane_bytes);
    if (stage_ && !stage_->is_memory(record.data() + lanes_.memory_offset())) {
      throw std::invalid_argument(
          "set_state: the memory that the state holds of earlier observations is damaged");
    }
  }
  const auto records = snapshot.subspan(sizeof(header), header.num_lanes * lane_bytes);
  std::optional<LaneParams::Change> change =
      prepare_saved_params(snapshot.subspan(sizeof(header) + records.size()), records, lanes);
  load_all_or_none(records, header.num_lanes, lanes, count);
  if (change) apply(std::move(*change));
  if (!config_.record_episode_times) return;
  const double now = seconds_now();
  for (std::size_t i = 0; i < count; ++i) start_times_[lanes.empty() ? i : lanes[i]] = now;
}

// Checks the records and their parameters: those of the block, or of the batch when it was made. Returns what
// has to change of the parameters.
std::optional<LaneParams::Change> Engine::prepare_saved_params(std::span<const std::byte> block,
                                                               std::span<const std::byte> records,
                                                               std::span<const std::size_t> listed) {
  std::vector<std::size_t> lanes(listed.begin(), listed.end());
  if (lanes.empty()) {
    lanes.resize(num_envs());
    std::iota(lanes.begin(), lanes.end(), std::size_t{0});
  }
  const std::size_t lane_bytes = lanes_.lane_bytes();
  const std::size_t num_records = records.size() / lane_bytes;
  const auto record_of = [&](std::size_t i) {
    return records.subspan((num_records == 1 ? 0 : i) * lane_bytes, lane_bytes);
  };
  if (block.empty() && !params_.is_changed()) {
    for (std::size_t i = 0; i < num_records; ++i) check_state(record_of(i), params_.shared());
    return std::nullopt;
  }
  check_can_change();
  std::vector<std::size_t> place(num_envs());
  for (std::size_t i = 0; i < lanes.size(); ++i) place[lanes[i]] = i;
  LaneParams::Change change = params_.prepare_saved(
      block, num_records, lanes,
      [&](std::size_t lane, const void* params) { check_state(record_of(place[lane]), params); });
  take_kernels_for(change);
  return change;
}

void Engine::copy_lanes(const Engine& from, std::span<const std::size_t> sources, const Seeds& seeds) {
  const Exclusive guard = exclusive();
  const Exclusive other = from.reading();
  if (from.params_.is_changed()) {
    std::vector<std::size_t> lanes(sources.size());
    std::iota(lanes.begin(), lanes.end(), std::size_t{0});
    // the States have been stepped under these parameters
    LaneParams::Change change = params_.prepare_saved(from.params_.save(sources), sources.size(), lanes,
                                                      [](std::size_t, const void*) {});
    take_kernels_for(change);
    apply(std::move(change));
  }
  lanes_.copy(from.lanes_, sources);
  count_never_reset();
  for (std::size_t lane = 0; lane < sources.size(); ++lane) {
    // a stream that was never started: it is going to start from there
    Rng& rng = lanes_.rngs()[lane];
    if (rng.state().increment_low == 0) rng = seeded_rng(add(from.entropy_, sources[lane]));
    seed_lane(lane, seeds, lane);
    if (config_.record_episode_times) start_times_[lane] = from.start_times_[sources[lane]];
  }
}

// Loads records that have been checked, as many as lanes or one for all. If there is no memory for them, the
// lanes are as they were, and std::bad_alloc is thrown.
void Engine::load_all_or_none(std::span<const std::byte> records, std::size_t num_records,
                              std::span<const std::size_t> lanes, std::size_t count) {
  const std::size_t lane_bytes = lanes_.lane_bytes();
  const auto lane_of = [&](std::size_t i) { return lanes.empty() ? i : lanes[i]; };
  std::vector<std::byte> before;
  if (state_.load != nullptr) {
    before.resize(count * lane_bytes);
    for (std::size_t i = 0; i < count; ++i) lanes_.save(lane_of(i), before.data() + i * lane_bytes);
  }
  bool loaded = true;
  std::size_t num_tried = 0;
  while (loaded && num_tried < count) {
    const std::size_t record = num_records == 1 ? 0 : num_tried;
    loaded = lanes_.load(lane_of(num_tried++), records.data() + record * lane_bytes);
  }
  for (std::size_t i = 0; !loaded && i < num_tried; ++i) {
    lanes_.load(lane_of(i), before.data() + i * lane_bytes);
  }
  count_never_reset();
  if (!loaded) throw std::bad_alloc();
}

std::vector<std::byte> Engine::words_of(std::size_t lane) const {
  std::vector<std::byte> words(lanes_.state_bytes());
  lanes_.save_state(lane, words.data());
  return words;
}

// Checks the bytes of a State and gives them to a lane, which then is in the middle of an episode.
void Engine::put_words(std::size_t lane, std::span<const std::byte> words) {
  std::vector<std::uint64_t> params;
  check_state(words, params_.of_lane(lane, params));
  const bool loaded = lanes_.load_state(lane, words.data());
  if (is_never_reset(lane)) --num_never_reset_;
  lanes_.status()[lane] = loaded ? 0 : lane_status::kNeverReset;
  if (!loaded) {
    ++num_never_reset_;
    throw std::bad_alloc();
  }
  if (stage_) {
    StageSource source(*this);
    stage_->begin(source, {.first = lane, .count = 1});
  }
}

std::vector<std::byte> Engine::state_words(std::size_t lane) const {
  const Exclusive guard = reading();
  return words_of(lane);
}

void Engine::set_state_words(std::size_t lane, std::span<const std::byte> words) {
  const Exclusive guard = exclusive();
  if (words.size() != lanes_.state_bytes()) {
    throw std::invalid_argument(text("the state of ", config_.task->name, " has ", lanes_.state_bytes(),
                                     " bytes, got ", words.size()));
  }
  put_words(lane, words);
}

std::vector<double> Engine::variables(std::size_t lane) const {
  const std::vector<std::byte> words = state_words(lane);
  std::vector<double> values(info_->num_variables);
  std::memcpy(values.data(), words.data(), values.size() * sizeof(double));
  return values;
}

void Engine::set_variables(std::size_t lane, std::span<const double> values) {
  const Exclusive guard = exclusive();
  if (values.size() != info_->num_variables) {
    throw std::invalid_argument(text("the state of ", config_.task->name, " has ", info_->num_variables,
                                     " variables, got ", values.size()));
  }
  std::vector<std::byte> words = words_of(lane);
  std::memcpy(words.data(), values.data(), values.size_bytes());
  if (task_.complete != nullptr) task_.complete(words.data());
  put_words(lane, words);
}

std::optional<std::int32_t> Engine::elapsed_steps(std::size_t lane) const {
  const Exclusive guard = reading();
  if (is_never_reset(lane)) return std::nullopt;
  return lanes_.elapsed()[lane];
}

void Engine::all_elapsed_steps(std::int32_t* steps) const {
  const Exclusive guard = reading();
  for (std::size_t lane = 0; lane < num_envs(); ++lane) {
    steps[lane] = is_never_reset(lane) ? -1 : lanes_.elapsed()[lane];
  }
}

}  // namespace plyo

#include "lane_store.hpp"

#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace plyo {
// Planes a multiple of 4096 bytes apart would compete for the same cache
// sets.
std::size_t padded_stride(std::size_t num_lanes) {
  const std::size_t rounded = (num_lanes + kLaneUnit - 1) / kLaneUnit * kLaneUnit;
  return num_lanes < 256 ? rounded : rounded + 3 * kLaneUnit;
}

namespace {

// The product; a batch beyond the address space is a batch beyond memory.
std::size_t product(std::size_t a, std::size_t b) {
  if (b != 0 && a > std::numeric_limits<std::size_t>::max() / 2 / b) throw std::bad_alloc();
  return a * b;
}

}  // namespace

LaneStore::LaneStore(const StateOps& ops, std::size_t num_lanes, std::size_t memory_bytes)
    : ops_(ops),
      num_lanes_(num_lanes),
      stride_(padded_stride(num_lanes)),
      memory_bytes_(memory_bytes),
      state_bytes_(ops.bytes()),
      words_(product(stride_, ops.bytes())),
      rngs_(num_lanes),
      status_(num_lanes),
      elapsed_(num_lanes),
      returns_(num_lanes),
      memory_(product(num_lanes, memory_bytes)) {
  std::memset(status_.data(), lane_status::kNeverReset, num_lanes);
}

LaneStore::~LaneStore() {
  if (ops_.destroy != nullptr) ops_.destroy(all(), num_lanes_);
}

void LaneStore::create(const void* params) {
  params_ = params;
  if (ops_.record_bytes != nullptr) state_bytes_ = ops_.record_bytes(params);
  if (ops_.create != nullptr) ops_.create(all(), num_lanes_);
}

void LaneStore::save_state(std::size_t lane, std::byte* record) const {
  if (ops_.save != nullptr) return ops_.save(all(), lane, record);
  const std::size_t bytes = ops_.word_bytes;
  for (std::size_t w = 0; w < ops_.num_words; ++w) {
    std::memcpy(record + w * bytes, words_.data() + (w * stride_ + lane) * bytes, bytes);
  }
}

bool LaneStore::load_state(std::size_t lane, const std::byte* record) {
  if (ops_.load != nullptr) return ops_.load(all(), lane, record);
  const std::size_t bytes = ops_.word_bytes;
  for (std::size_t w = 0; w < ops_.num_words; ++w) {
    std::memcpy(words_.data() + (w * stride_ + lane) * bytes, record + w * bytes, bytes);
  }
  return true;
}

const void* LaneStore::whole_state(std::size_t lane, std::vector<std::uint64_t>& scratch) const {
  if (ops_.whole != nullptr) return ops_.whole(all(), lane);
  scratch.resize((ops_.bytes() + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
  save_state(lane, reinterpret_cast<std::byte*>(scratch.data()));
  return scratch.data();
}

void LaneStore::save(std::size_t lane, std::byte* record) const {
  save_state(lane, record);
  std::byte* next = record + state_bytes_;
  const auto put = [&next](const auto& value) {
    std::memcpy(next, &value, sizeof(value));
    next += sizeof(value);
  };
  put(rngs_[lane].state());
  put(returns_[lane]);
  put(elapsed_[lane]);
  put(static_cast<std::uint32_t>(status_[lane]));
  if (memory_bytes_ > 0) std::memcpy(next, memory_.data() + lane * memory_bytes_, memory_bytes_);
}

bool LaneStore::load(std::size_t lane, const std::byte* record) {
  const bool loaded = load_state(lane, record);
  const std::byte* next = record + state_bytes_;
  const auto get = [&next](auto& value) {
    std::memcpy(&value, next, sizeof(value));
    next += sizeof(value);
  };
  Rng::State stream{};
  std::uint32_t status = 0;
  get(stream);
  get(returns_[lane]);
  get(elapsed_[lane]);
  get(status);
  rngs_[lane].set_state(stream);
  status_[lane] = static_cast<std::uint8_t>(loaded ? status & lane_status::kAll : lane_status::kNeverReset);
  if (memory_bytes_ > 0) std::memcpy(memory(lane), next, memory_bytes_);
  return loaded;
}

void LaneStore::copy(const LaneStore& from, std::span<const std::size_t> sources) {
  const std::size_t bytes = ops_.word_bytes;
  std::vector<std::byte> record(ops_.load == nullptr ? 0 : state_bytes_);
  for (std::size_t w = 0; ops_.load == nullptr && w < ops_.num_words; ++w) {
    std::byte* to = words_.data() + w * stride_ * bytes;
    const std::byte* const plane = from.words_.data() + w * from.stride_ * bytes;
    for (const std::size_t source : sources) {
      std::memcpy(to, plane + source * bytes, bytes);
      to += bytes;
    }
  }
  for (std::size_t lane = 0; lane < sources.size(); ++lane) {
    const std::size_t source = sources[lane];
    // a lane without a State has none to copy
    const bool has_record = ops_.load != nullptr && (from.status_[source] & lane_status::kNeverReset) == 0;
    if (has_record) {
      from.save_state(source, record.data());
      if (!load_state(lane, record.data())) {
        std::memset(status_.data(), lane_status::kNeverReset, num_lanes_);
        throw std::bad_alloc();
      }
    }
    rngs_[lane] = from.rngs_[source];
    status_[lane] = from.status_[source];
    elapsed_[lane] = from.elapsed_[source];
    returns_[lane] = from.returns_[source];
  }
  for (std::size_t lane = 0; memory_bytes_ > 0 && lane < sources.size(); ++lane) {
    std::memcpy(memory(lane), from.memory_.data() + sources[lane] * memory_bytes_, memory_bytes_);
  }
}

LaneStore::Backup LaneStore::backup() const {
  if (ops_.save == nullptr) return {words_, rngs_, status_, elapsed_, returns_, memory_};
  LazyArray<std::byte> records(product(num_lanes_, state_bytes_));
  for (std::size_t lane = 0; lane < num_lanes_; ++lane) {
    ops_.save(all(), lane, records.data() + lane * state_bytes_);
  }
  return {std::move(records), rngs_, status_, elapsed_, returns_, memory_};
}

void LaneStore::restore(Backup backup) {
  status_ = std::move(backup.status);
  if (ops_.load == nullptr) {
    words_ = std::move(backup.states);
  } else {
    for (std::size_t lane = 0; lane < num_lanes_; ++lane) {
      if (ops_.load(all(), lane, backup.states.data() + lane * state_bytes_)) continue;
      status_[lane] = lane_status::kNeverReset;
    }
  }
  rngs_ = std::move(backup.rngs);
  elapsed_ = std::move(backup.elapsed);
  returns_ = std::move(backup.returns);
  memory_ = std::move(backup.memory);
}

}  // namespace plyo

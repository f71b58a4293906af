#include "stage_chain.hpp"

#include <algorithm>
#include <utility>

#include "../cpu_dispatch.hpp"
#include "../engine.hpp"
#include "stage_kernels.hpp"

namespace plyo {

namespace {

// Lanes that go through the stages together: their rows stay in the second-level cache.
constexpr std::size_t kRangeLanes = 2048;

}  // namespace

void find_ended(const std::uint8_t* terminated, const std::uint8_t* truncated, std::size_t count,
                std::uint8_t* marks, std::vector<std::int64_t>& lanes) {
  stage_kernels(selected_isa()).mark_ended(terminated, truncated, marks, count);
  lanes.clear();
  for_each_marked(marks, count, [&](std::size_t i) { lanes.push_back(static_cast<std::int64_t>(i)); });
}

StageChain::StageChain(std::vector<BatchStage*> stages) : stages_(std::move(stages)) {
  for (const BatchStage* stage : stages_) nanoseconds_per_lane_ += stage->nanoseconds_per_lane();
}

bool StageChain::changes_actions() const {
  return std::any_of(stages_.begin(), stages_.end(),
                     [](const BatchStage* stage) { return stage->changes_actions(); });
}

std::size_t StageChain::num_shows() const {
  return static_cast<std::size_t>(
      std::count_if(stages_.begin(), stages_.end(), [](const BatchStage* stage) { return stage->shows(); }));
}

// Calls `work(range)` for ranges that cover the batch, by several threads if that is worth it.
template <class Work>
void StageChain::for_ranges(std::size_t num_envs, int threads, const Work& work) const {
  const std::size_t num_ranges = (num_envs + kRangeLanes - 1) / kRangeLanes;
  const bool is_small =
      nanoseconds_per_lane_ * static_cast<double>(num_envs) < 2 * Engine::kInlineNanoseconds;
  const auto range = [&](std::size_t i) {
    return LaneRange{i * kRangeLanes, std::min(kRangeLanes, num_envs - i * kRangeLanes)};
  };
  if (threads == 1 || is_small) {
    for (std::size_t i = 0; i < num_ranges; ++i) work(range(i));
  } else {
    ThreadPool::shared().run(num_ranges, threads, [&](std::size_t i) { work(range(i)); });
  }
}

void StageChain::act(void* actions, const LaneRange& lanes) const {
  for (std::size_t i = stages_.size(); i-- > 0;) stages_[i]->act(actions, lanes);
}

// The stages go through a range of lanes one after the other, up to one that looks across lanes: it waits for all of
// them.
void StageChain::run(const StageStep& step, int threads) const {
  std::size_t done = 0;  // stages that have completed the step
  while (done < stages_.size()) {
    std::size_t next = done;
    while (next < stages_.size() && !stages_[next]->looks_across()) ++next;
    const bool waits = next < stages_.size();
    for_ranges(step.num_envs, threads, [&](const LaneRange& lanes) {
      // what the stage before could not write until it had seen all lanes
      if (done > 0) {
        stages_[done - 1]->write(step, lanes);
        stages_[done - 1]->show(step, lanes);
      }
      for (std::size_t i = done; i < next; ++i) {
        stages_[i]->advance(step, lanes);
        stages_[i]->write(step, lanes);
        stages_[i]->show(step, lanes);
      }
      if (waits) stages_[next]->advance(step, lanes);
    });
    if (step.has_finals) {
      for (std::size_t i = done > 0 ? done - 1 : 0; i < next; ++i) stages_[i]->show_finals(step);
    }
    if (!waits) return;
    stages_[next]->collect(step);
    done = next + 1;
  }
  // the last stage has just looked across
  for_ranges(step.num_envs, threads, [&](const LaneRange& lanes) {
    stages_[done - 1]->write(step, lanes);
    stages_[done - 1]->show(step, lanes);
  });
  if (step.has_finals) stages_[done - 1]->show_finals(step);
}

void StageChain::show(const StageStep& step, int threads) const {
  for_ranges(step.num_envs, threads, [&](const LaneRange& lanes) {
    for (const BatchStage* stage : stages_) stage->show(step, lanes);
  });
}

}  // namespace plyo

#include "stage_chain.hpp"

#include <algorithm>
#include <utility>

#include "../cpu_dispatch.hpp"
#include "../engine.hpp"
#include "stage_kernels.hpp"

namespace plyo {

namespace {

// Lanes that go through the stages together: their rows stay in the second-level cache.
constexpr std::size_t kRangeLanes = 1024;

}  // namespace

std::size_t find_ended(const std::uint8_t* terminated, const std::uint8_t* truncated, std::size_t count,
                       std::uint8_t* marks, std::int64_t* lanes) {
  stage_kernels(selected_isa()).mark_ended(terminated, truncated, marks, count);
  return find_nonzero(marks, count, lanes);
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

// Whether one thread takes the batch through the stages as fast as several.
bool StageChain::is_inline(std::size_t num_envs, int threads) const {
  return threads == 1 ||
         nanoseconds_per_lane_ * static_cast<double>(num_envs) < 2 * Engine::kInlineNanoseconds;
}

// Calls `work(range)` for ranges that cover the batch, by several threads if that is worth it.
template <class Work>
void StageChain::for_ranges(std::size_t num_envs, int threads, const Work& work) const {
  const std::size_t num_ranges = (num_envs + kRangeLanes - 1) / kRangeLanes;
  const auto range = [&](std::size_t i) {
    return LaneRange{i * kRangeLanes, std::min(kRangeLanes, num_envs - i * kRangeLanes)};
  };
  if (is_inline(num_envs, threads)) {
    for (std::size_t i = 0; i < num_ranges; ++i) work(range(i));
  } else {
    ThreadPool::shared().run(num_ranges, threads, [&](std::size_t i) { work(range(i)); });
  }
}

void StageChain::act(void* actions, const LaneRange& lanes) const {
  for (std::size_t i = stages_.size(); i-- > 0;) stages_[i]->act(actions, lanes);
}

bool StageChain::settles_actions() const {
  return std::any_of(stages_.begin(), stages_.end(),
                     [](const BatchStage* stage) { return stage->settles_actions(); });
}

void StageChain::settle(void* actions, const LaneRange& lanes) const {
  for (std::size_t i = stages_.size(); i-- > 0;) stages_[i]->settle(actions, lanes);
}

Repetition StageChain::repetition(bool rounds_rewards) const {
  for (const BatchStage* stage : stages_) {
    Repetition repetition = stage->repetition();
    if (repetition.steps == 1) continue;
    repetition.rounds_rewards = rounds_rewards;
    return repetition;
  }
  return {};
}

// The passes over all lanes that a step takes. A stage waits for one that looks across lanes only if it reads what that
// one writes: rewards, or observations.
void StageChain::plan() {
  std::vector<bool> across;
  across.reserve(stages_.size());
  for (const BatchStage* stage : stages_) across.push_back(stage->looks_across());
  if (across == planned_for_ && !passes_.empty()) return;
  planned_for_ = std::move(across);
  passes_.clear();
  std::vector<Phase> phases(stages_.size(), Phase::kAdvance);
  while (std::any_of(phases.begin(), phases.end(), [](Phase phase) { return phase != Phase::kReady; })) {
    Pass& pass = passes_.emplace_back();
    bool rewards_wait = false, observations_wait = false;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      BatchStage* const stage = stages_[i];
      const bool must_wait =
          (stage->reads_rewards() && rewards_wait) || (stage->shows() && observations_wait);
      if (phases[i] == Phase::kReady) continue;
      if (phases[i] == Phase::kAdvance && !must_wait) {
        pass.advancing.push_back({stage, !stage->looks_across()});
        phases[i] = stage->looks_across() ? Phase::kFinish : Phase::kReady;
        if (stage->looks_across()) pass.collecting.push_back(stage);
      } else if (phases[i] == Phase::kFinish) {
        pass.advancing.push_back({stage, true, false});
        phases[i] = Phase::kReady;
      }
      if (phases[i] == Phase::kReady) continue;
      rewards_wait = rewards_wait || stage->writes_rewards();
      observations_wait = observations_wait || stage->shows();
    }
  }
}

void StageChain::run(StageStep& step, int threads) {
  plan();
  errand_.is_taken = false;
  errand_.num_rows = 0;
  step.errand = is_inline(step.num_envs, threads) ? &errand_ : nullptr;
  for (BatchStage* stage : stages_) stage->prepare(step);
  for (const Pass& pass : passes_) {
    for_ranges(step.num_envs, threads, [&](const LaneRange& lanes) {
      if (step.float_rewards != nullptr && &pass == &passes_.front()) {
        std::copy_n(step.float_rewards + lanes.first, lanes.count, step.rewards + lanes.first);
      }
      for (const Turn& turn : pass.advancing) {
        if (turn.advances) turn.stage->advance(step, lanes);
        if (!turn.finishes) continue;
        turn.stage->write(step, lanes);
        turn.stage->show(step, lanes);
      }
      if (step.float_rewards != nullptr && &pass == &passes_.back()) {
        for (std::size_t i = lanes.first; i < lanes.first + lanes.count; ++i) {
          step.float_rewards[i] = static_cast<float>(step.rewards[i]);
        }
      }
    });
    for (const Turn& turn : pass.advancing) {
      if (step.has_finals && turn.finishes) turn.stage->show_finals(step);
    }
    for (BatchStage* stage : pass.collecting) stage->collect(step);
    for (BatchStage* stage : pass.collecting) stage->complete(step);
  }
}

void StageChain::show(const StageStep& step, int threads) const {
  for_ranges(step.num_envs, threads, [&](const LaneRange& lanes) {
    for (const BatchStage* stage : stages_) stage->show(step, lanes);
  });
}

}  // namespace plyo

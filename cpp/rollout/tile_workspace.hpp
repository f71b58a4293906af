// A thread's memory for the steps of a tile in a rollout, made before the first step: nothing is allocated
// after lanes have moved.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "agent_records.hpp"
#include "policy.hpp"
#include "tile_rows.hpp"

namespace plyo {

struct TileWorkspace {
  TileLeaves observations, actions;
  TileRows rewards, terminated, truncated;
  RowBuffer checked_actions;  // of a policy whose actions have to be checked
  std::optional<EndedLanes> ended;
  std::optional<AgentRows> agent;
  RowBuffer last_observations;  // for `agent`, if they are not recorded
  PolicyScratch policy;

  void aim(std::size_t first, std::size_t count) {
    observations.aim(first, count);
    actions.aim(first, count);
    for (TileRows* rows : {&rewards, &terminated, &truncated}) rows->aim(first, count);
    if (agent) agent->aim(first, count);
  }
};

// Workspaces on loan, one for each thread that may work at once.
class TileWorkspaces {
 public:
  void add(std::unique_ptr<TileWorkspace> workspace) { free_.push_back(std::move(workspace)); }

  class Loan {
   public:
    explicit Loan(TileWorkspaces& all) : all_(all) {
      const std::lock_guard lock(all_.mutex_);
      own_ = std::move(all_.free_.back());
      all_.free_.pop_back();
    }
    ~Loan() {
      const std::lock_guard lock(all_.mutex_);
      all_.free_.push_back(std::move(own_));  // into room that there was before
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    TileWorkspace& operator*() const { return *own_; }

   private:
    TileWorkspaces& all_;
    std::unique_ptr<TileWorkspace> own_;
  };

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<TileWorkspace>> free_;
};

}  // namespace plyo

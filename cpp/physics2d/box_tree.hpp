// The tree of boxes that Box2D 2.3 keeps of a world, as far as it says which number the next box gets: numbers of
// boxes that were removed are given again, the last first, and a box takes the number of its parent with it.
//
// A plain value for up to kMostLeaves boxes, without padding.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "shapes.hpp"

namespace plyo::physics2d {

template <std::size_t kMostLeaves>
class BoxTree {
 public:
  using Number = std::uint16_t;
  static constexpr Number kNone = 0xFFFF;
  static constexpr std::size_t kNodes = 2 * kMostLeaves - 1;
  static_assert(kNodes < kNone);

  constexpr BoxTree() {
    for (std::size_t i = 0; i < kNodes; ++i) nodes_[i].parent = i + 1 < kNodes ? number(i + 1) : kNone;
  }

  // Takes a box, and returns its number.
  Number add(const Box& box) {
    const Number leaf = take();
    nodes_[leaf].box = box;
    insert(leaf);
    return leaf;
  }
  void remove(Number leaf) {
    cut(leaf);
    give_back(leaf);
  }
  // A box that has left its place keeps its number.
  void move(Number leaf, const Box& box) {
    cut(leaf);
    nodes_[leaf].box = box;
    insert(leaf);
  }

  // Whether it is a tree of `count` leaves, if its bytes come from anywhere; `leaves` are their numbers.
  bool is_legal(const Number* leaves, std::size_t count) const {
    bool seen[kNodes] = {};
    if (!has_legal_links(seen, count)) return false;
    for (std::size_t i = 0; i < count; ++i) {
      if (leaves[i] >= kNodes || !seen[leaves[i]] || !is_leaf(leaves[i])) return false;
      for (std::size_t k = 0; k < i; ++k) {
        if (leaves[k] == leaves[i]) return false;
      }
    }
    // the rest is free, each once
    std::size_t num_free = 0;
    for (Number node = free_; node != kNone; node = nodes_[node].parent) {
      if (node >= kNodes || seen[node]) return false;
      seen[node] = true;
      ++num_free;
    }
    return num_free + (count == 0 ? 0 : 2 * count - 1) == kNodes;
  }

 private:
  struct Node {
    Box box;
    Number parent = kNone;  // of a free node: the next free one
    Number children[2] = {kNone, kNone};
    Number height = 0;  // 0: a leaf
  };

  static constexpr Number number(std::size_t i) { return static_cast<Number>(i); }
  bool is_leaf(Number node) const { return nodes_[node].children[0] == kNone; }

  Number take() {
    const Number node = free_;
    free_ = nodes_[node].parent;
    nodes_[node] = {};
    return node;
  }
  void give_back(Number node) {
    nodes_[node] = {};
    nodes_[node].parent = free_;
    free_ = node;
  }

  static float perimeter(const Box& box) {
    return 2.0F * ((box.upper.x - box.lower.x) + (box.upper.y - box.lower.y));
  }

  // The node beside which a box enlarges the others least.
  Number sibling_for(const Box& box) const {
    Number node = root_;
    while (!is_leaf(node)) {
      const float before = perimeter(nodes_[node].box);
      const float together = perimeter(combine(nodes_[node].box, box));
      const float here = 2.0F * together;
      const float handed_down = 2.0F * (together - before);
      float costs[2];
      for (int k = 0; k < 2; ++k) {
        const Number child = nodes_[node].children[k];
        const float with = perimeter(combine(box, nodes_[child].box));
        costs[k] = (is_leaf(child) ? with : with - perimeter(nodes_[child].box)) + handed_down;
      }
      if (here < costs[0] && here < costs[1]) break;
      node = nodes_[node].children[costs[0] < costs[1] ? 0 : 1];
    }
    return node;
  }

  void insert(Number leaf) {
    nodes_[leaf].parent = kNone;
    if (root_ == kNone) {
      root_ = leaf;
      return;
    }
    const Number sibling = sibling_for(nodes_[leaf].box);
    const Number above = nodes_[sibling].parent, parent = take();
    nodes_[parent].parent = above;
    nodes_[parent].children[0] = sibling;
    nodes_[parent].children[1] = leaf;
    put_below(above, sibling, parent);
    nodes_[sibling].parent = nodes_[leaf].parent = parent;
    fit(parent);  // its height counts when it is balanced
    repair(parent);
  }

  // Takes a leaf out, and frees its parent.
  void cut(Number leaf) {
    const Number parent = nodes_[leaf].parent;
    if (parent == kNone) {
      root_ = kNone;
      return;
    }
    const Number above = nodes_[parent].parent;
    const Number sibling = nodes_[parent].children[nodes_[parent].children[0] == leaf ? 1 : 0];
    put_below(above, parent, sibling);
    nodes_[sibling].parent = above;
    give_back(parent);
    repair(above);
  }

  // Puts `now` in the place that `before` had under a node, or at the root.
  void put_below(Number above, Number before, Number now) {
    if (above == kNone) {
      root_ = now;
    } else {
      nodes_[above].children[nodes_[above].children[0] == before ? 0 : 1] = now;
    }
  }

  // Balances all nodes from one up to the root.
  void repair(Number node) {
    while (node != kNone) {
      node = balanced(node);
      fit(node);
      node = nodes_[node].parent;
    }
  }

  // Makes box and height those of the children.
  void fit(Number node) {
    const Node &first = nodes_[nodes_[node].children[0]], &second = nodes_[nodes_[node].children[1]];
    nodes_[node].box = combine(first.box, second.box);
    nodes_[node].height = number(1 + (first.height > second.height ? first.height : second.height));
  }

  // Where one child is two levels higher than the other, it takes the node's place. Returns what is there.
  Number balanced(Number node) {
    if (nodes_[node].height < 2) return node;
    const auto height = [&](int side) -> int { return nodes_[nodes_[node].children[side]].height; };
    if (height(1) - height(0) > 1) return lift(node, 1);
    if (height(0) - height(1) > 1) return lift(node, 0);
    return node;
  }

  // The child on `side` keeps the higher of its own children and gives the other to the node, now its first.
  Number lift(Number node, int side) {
    const Number up = nodes_[node].children[side];
    const Number first = nodes_[up].children[0], second = nodes_[up].children[1];
    nodes_[up].parent = nodes_[node].parent;
    put_below(nodes_[up].parent, node, up);
    nodes_[node].parent = up;
    const bool keeps_first = nodes_[first].height > nodes_[second].height;
    const Number kept = keeps_first ? first : second, given = keeps_first ? second : first;
    nodes_[up].children[0] = node;
    nodes_[up].children[1] = kept;
    nodes_[node].children[side] = given;
    nodes_[given].parent = node;
    fit(node);
    fit(up);
    return up;
  }

  // Whether all that hangs on the root is a tree of `count` leaves; marks its nodes.
  bool has_legal_links(bool (&seen)[kNodes], std::size_t count) const {
    if (count == 0) return root_ == kNone;
    if (root_ >= kNodes || nodes_[root_].parent != kNone || count > kMostLeaves) return false;
    Number open[kNodes];
    std::size_t num_open = 0, num_leaves = 0;
    open[num_open++] = root_;
    seen[root_] = true;
    while (num_open > 0) {
      const Number number = open[--num_open];
      const Node& node = nodes_[number];
      if (!is_finite(node.box.lower) || !is_finite(node.box.upper)) return false;
      if (is_leaf(number)) {
        if (node.height != 0 || node.children[1] != kNone) return false;
        ++num_leaves;
        continue;
      }
      int highest = 0;
      for (const Number child : node.children) {
        if (child >= kNodes || seen[child] || nodes_[child].parent != number) return false;
        seen[child] = true;
        open[num_open++] = child;
        if (nodes_[child].height > highest) highest = nodes_[child].height;
      }
      if (node.height != highest + 1) return false;
    }
    return num_leaves == count;
  }

  Node nodes_[kNodes];
  Number root_ = kNone;
  Number free_ = 0;  // the first free node
};

}  // namespace plyo::physics2d

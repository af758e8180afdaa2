"""How the products contain each other: counts by multiplication, never by expanding, and cycles cut.

What belongs here: the graph of definitions and usages, and what follows from it: how often each occurs, the tree,
sums from below. What does not: what is summed.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from pybase_pipelines.extractors.step.products import Products
from pybase_pipelines.results.step import TreeNode

MAX_TREE_NODES = 20_000
MAX_TREE_DEPTH = 60


@dataclass(slots=True)
class Graph:
    """The usages that can be followed without end, from parents to children.

    `order` has every definition after all its parents. `cut` are the usages that were left out because they close
    a circle.
    """

    usages_of: dict[int, list[int]] = field(default_factory=dict)
    ends: dict[int, tuple[int, int]] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)

    def children(self, definition: int) -> Counter[int]:
        return Counter(self.ends[u][1] for u in self.usages_of.get(definition, ()))

    @property
    def leaf_instances(self) -> int:
        """How many parts without components the expanded assembly has; 0 where nothing is assembled."""
        used = {child for _, child in self.ends.values()}
        return sum(n for d, n in self.counts.items() if d in used and not self.usages_of.get(d))

    @property
    def depth(self) -> int:
        level: dict[int, int] = {}
        for definition in self.order:
            for usage in self.usages_of.get(definition, ()):
                child = self.ends[usage][1]
                level[child] = max(level.get(child, 0), level.get(definition, 0) + 1)
        return max(level.values(), default=0)


def build_graph(products: Products) -> Graph:
    """The assembly graph with its counts."""
    graph = Graph()
    graph.ends = dict(products.usages)
    for usage, (parent, _) in graph.ends.items():
        graph.usages_of.setdefault(parent, []).append(usage)
    _cut_circles(graph)
    used = {child for _, child in graph.ends.values()}
    assembled = {products.product_of_definition[d] for d in used | set(graph.usages_of)}
    graph.roots = [
        d
        for d, product in products.product_of_definition.items()
        if d not in used and (graph.usages_of.get(d) or product not in assembled)
    ]
    graph.roots = _one_root_a_single_product(graph, products)
    _sort(graph)
    graph.counts = dict.fromkeys(graph.roots, 1)
    for definition in graph.order:
        for usage in graph.usages_of.get(definition, ()):
            child = graph.ends[usage][1]
            graph.counts[child] = graph.counts.get(child, 0) + graph.counts.get(definition, 0)
    return graph


def _one_root_a_single_product(graph: Graph, products: Products) -> list[int]:
    """Several definitions of a product that is not assembled are views of one thing, not several things."""
    seen: set[int] = set()
    roots = []
    for definition in graph.roots:
        product = products.product_of_definition[definition]
        if graph.usages_of.get(definition) or product not in seen:
            roots.append(definition)
            seen.add(product)
    return roots


def _cut_circles(graph: Graph) -> None:
    """Leave out each usage that leads back to a definition on the way to it (depth first, without recursion)."""
    done: set[int] = set()
    used = {child for _, child in graph.ends.values()}
    starts = [d for d in graph.usages_of if d not in used] + list(graph.usages_of)
    for start in starts:
        if start in done:
            continue
        on_way = {start}
        stack = [(start, iter(list(graph.usages_of.get(start, ()))))]
        while stack:
            definition, usages = stack[-1]
            usage = next(usages, None)
            if usage is None:
                stack.pop()
                on_way.discard(definition)
                done.add(definition)
                continue
            child = graph.ends[usage][1]
            if child in on_way:
                graph.cut.append(usage)
            elif child not in done:
                on_way.add(child)
                stack.append((child, iter(list(graph.usages_of.get(child, ())))))
    for usage in graph.cut:
        parent, _ = graph.ends.pop(usage)
        graph.usages_of[parent].remove(usage)


def _sort(graph: Graph) -> None:
    waiting_for = Counter(child for _, child in graph.ends.values())
    ready = deque(dict.fromkeys(graph.roots + [d for d in graph.usages_of if not waiting_for[d]]))
    while ready:
        definition = ready.popleft()
        graph.order.append(definition)
        for usage in graph.usages_of.get(definition, ()):
            child = graph.ends[usage][1]
            waiting_for[child] -= 1
            if not waiting_for[child]:
                ready.append(child)


def build_tree(graph: Graph, products: Products) -> tuple[list[TreeNode], bool]:
    """The tree of each root, equal children as one node, and whether all of it fitted in."""
    trees: list[TreeNode] = []
    waiting: deque[tuple[int, int, list[TreeNode], int]] = deque((root, 1, trees, 1) for root in graph.roots)
    nodes, is_whole = 0, True
    while waiting:
        definition, quantity, siblings, depth = waiting.popleft()
        if nodes >= MAX_TREE_NODES or depth > MAX_TREE_DEPTH:
            is_whole = False
            continue
        nodes += 1
        node = TreeNode(part=products.name_of(definition) or "", entity=f"#{definition}", quantity=quantity)
        siblings.append(node)
        for child, count in graph.children(definition).items():
            waiting.append((child, count, node.children, depth + 1))
    return trees, is_whole

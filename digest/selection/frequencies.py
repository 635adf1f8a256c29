"""How common words are in abstracts: what serves for frequencies while the store is empty. PURE.

Plain counts over 13,834 titles and abstracts, mostly of computer science, some of astronomy, January 2025 to April 2026: how
many of a thousand hold the word, for all words that twenty or more do. Everything else is rare.
"""

from __future__ import annotations

from functools import cache

from digest.selection.terms import stem_of

_OF_A_THOUSAND = """
652 models
520 model
445 across
443 based
441 framework
438 language
432 large
408 performance
381 introduce
339 existing
337 training
333 demonstrate experiments
332 data
308 results
303 high
296 methods
288 using
272 multi
268 learning tasks
262 state
254 address generation
253 reasoning
244 achieves
235 two
233 benchmarks
223 first
221 often
219 art
217 quality
212 level
211 code
208 work
207 fine
204 approach
200 llms real
199 method
198 extensive image visual
197 time
196 benchmark
192 novel
190 task
189 scale
187 accuracy
184 evaluation
183 dataset
173 diverse
172 available
171 remains
169 analysis datasets world
168 human llm
162 single text
161 information three
160 strong
159 complex enabling multiple
157 systems vision
156 significantly
155 specific
154 efficient new
152 approaches aware inference
149 including
148 recent
146 design
144 capabilities
140 semantic
138 key
137 open
136 trained
135 understanding
134 cross
132 process
131 critical current long low multimodal
130 robust
129 images limited
128 context
127 enables
126 effective improves outperforms
125 evaluate significant
123 source
122 gap study
121 challenges due video
119 provide
118 domain knowledge
117 baselines
116 challenging optimization space strategy
115 alignment efficiency
114 agent e research tuning
112 designed features
111 consistent
109 agents attention
108 provides
106 driven rely representations
105 compared different modeling
104 diffusion effectively pipeline prior scenarios self unified
103 ai spatial system
102 standard
100 achieving challenge consistency paradigm specifically
99 achieve consistently mechanism
98 3d non use
97 comprehensive one reinforcement
96 detection potential structured
95 step
94 findings improve
93 representation
92 problem structure
91 computational dynamic furthermore
90 even grained like
89 architecture free
88 generate generated limitations practical
87 stage test well
86 guided temporal token
85 end fidelity g generative tokens
84 directly foundation settings
83 effectiveness generalization introduces
82 explicit general improving typically
81 applications support used
80 cost making pre
79 beyond capture distribution find
78 ability environments feature future
77 control full global lack requires supervised
76 constraints gains preserving scalable
75 domains four identify parameters robustness
74 baseline natural remain retrieval strategies
73 adaptive despite leading object
72 enhance interaction prediction set
71 input question structural
70 accurate content evaluations experimental grounded struggle toward
69 capability lightweight maintaining memory reliable signals
68 core dynamics leveraging range scaling simple systematic user
67 conditions improvements local substantial transformer zero
66 evidence fundamental integrates no parameter superior various
65 building shot small substantially target
64 better deep enable exhibit explicitly latent metrics particularly policy
63 average deployment evaluating higher leverages synthesis synthetic
62 fail loss prompt providing reconstruction reward
61 best focus generating geometric overall patterns reveal scene videos
60 supervision view
59 behavior classification construct error field module resulting still
58 improvement network noise perception post reducing require
57 architectures downstream progress promising regions second trajectories
56 automated components fully highly modal moreover perform reduces samples sampling studies
55 aligned increasingly need outputs rate requiring reveals score systematically
54 complexity decision demonstrating develop essential interactions motion produce rl spanning stable
53 competitive constrained finally jointly many point relative resolution
52 action expert geometry improved processing prompts segmentation static success tool yields
51 achieved additional dense dual fixed largely precise publicly solution
50 agentic chain demonstrates depth empirical enhancing estimation guidance insights mechanisms neural signal sparse textual
49 augmented bridge complementary development distinct five gpt inputs matching number output pairs physical relevant suffer
    train
48 advances observations offers previous realistic search selection
47 autonomous continuous cues direct dynamically feedback form investigate learn objective objects outperforming project
    traditional unlike
46 encoder enhances evolution ii layer primarily resource techniques validate
45 additionally grounding off priors remarkable safety scores several specialized vlms
44 adaptation built comparable crucial diversity evaluated fusion given role scenes transfer types
43 answer class derived enhanced external hierarchical highlight optimal planning reference refinement reliability rich steps
    thought trade trajectory
42 controlled employs frame function generates instruction issues offering properties sample setting structures
41 assess base cases demonstrated errors intelligence mllms predictions problems shared size together tools value
40 advanced annotations bias combines compact conditioned conventional degradation early embedding establish few ground lower next
    precision recognition reduce release wise
39 algorithm centric coherent difficult especially final highlighting inherent integrating interpretable iterative joint
    leverage limitation linear observed pretrained response short simulation suggest towards uses
38 aims along annotated answering execution explore graph issue larger latency length less notably original overhead pipelines
    released responses sequence supports
37 analyze applied become capable clinical dimensional environment exploration face failure flow heterogeneous integration
    learned limiting minimal modalities offer points questions scales term widely
36 bench closed common details embeddings ensure guide impact intermediate internal modality near networks order performs pixel
    powerful query related rewards wide
35 assessment case central conduct curated dependent distillation frequency horizon hybrid independent individual instead
    interactive limits loop medical mitigate modern rapid required semantics sequences stability uncertainty users verification
    way
34 actions backbone capacity contrast editing ensuring frames gaussian increasing layers page path produces recently result
    similar underlying
33 allowing alternative camera categories coherence combining computation correct costs decoding integrated labels machine maps
    metric online preference public queries respectively shift similarity six
32 7b addition allows difficulty distributions effects emerged extraction forward frontier gradient imaging leads levels
    perspective phase processes report unseen validation varying
31 2d application autoregressive bottleneck changes compute dimensions evolving frameworks make observe parallel producing
    prompting rates region sensitive states weights
30 align component comprising contextual corresponding coverage energy experts group important inspired inter learns n
    simultaneously style surface turn yielding
29 annotation apply benchmarking complete density fast following importance initial map mass mathematical pose power relying
    scientific sources stages tailored theoretical transformers tuned updates verifiable vlm
28 background cognitive computer confidence contexts detailed diagnostic discrete efficiently establishes exhibits flexible
    intrinsic linguistic localization m nature observation pass physics play principled reduction scalability semantically
    sensitivity severe shifts solutions
27 adapt addresses agnostic architectural behaviors captures causal coarse combined compression construction controllable
    decoder encoding facilitate implicit incorporates insight instance languages mean outperform overcome reason s theory top
    utility
26 access advancing alone analyses automatic automatically broad coding cot driving employ engineering establishing extended f1
    grpo incorporating indicate instructions introducing known made motivated objectives optimized paired predict purpose
    rendering resources rigorous sequential showing stronger sub surpasses truth unique workflows works
25 8b answers applying approximately artifacts contrastive corpus denoising derive descriptions distance extract hard head
    humans identity inherently interpretability major mapping massive modules particular pretraining protocol r representative
    risk serve sft solving terms thinking variations
24 algorithms appearance balance calibration candidate communication convergence covering expensive filtering iii increases
    intensive lead manipulation ones oriented perceptual performing primary ratio speed targeted type weight
23 accurately active adaptively adversarial audio capturing co costly decisions dependencies developed differences direction
    discovery failures fewer fields functions gain gemini generalize goal increase indicating insufficient integrate introduced
    k makes manual measure mixture modes noisy paradigms poses practice preserve preserves random raw re reduced relationships
    reliance revealing scheme simulations smaller spectral values weak web x
22 4o aligns artificial binary black characteristics clear compare comparison concept conditional constructed digital effect
    embodied english entropy estimates faster focused formation frequently fundamentally galaxy gaps handle includes induced
    label light maintain optimize probability progressive progressively proprietary relies requirements scarcity shape social
    speech statistical suite supporting surpassing total tracking underexplored validated yield
21 abilities advancements aligning boundary budget build channel clip codes collapse community computationally conditioning
    configurations confirm constraint contains contributions correction correctness correlation defined directions enhancement
    established evaluates examples extend formulation identifies identifying llama manner math multilingual naturally numerical
    obtain optical persistent position previously quantitative r1 rank refine reliably sets sota suggesting survey t targets
    teacher technical technique temporally testing times traces variants vector weighted
20 ablation around associated benefits biases box comprises creating decomposition deployed designs detect developing
    discriminative document edge empirically estimate factors identification implementation instances iteratively judge labeled
    mitigating mllm mode native negative operate operating optimizing physically predominantly pro promise provided qa qwen3 rag
    rule series solely spatially star understand
"""


@cache
def usual_shares() -> dict[str, float]:
    """The share of papers, 0 to 1, that hold a word, and that hold any word of a stem (its name begins with `~`)."""
    shares: dict[str, float] = {}
    share = 0.0
    for entry in _OF_A_THOUSAND.split():
        if entry.isdigit():
            share = int(entry) / 1000
            continue
        shares[entry] = share
        family = "~" + stem_of(entry)
        shares[family] = 1 - (1 - shares.get(family, 0.0)) * (1 - share)  # as if its words were independent
    return shares

"""What may one buyer do with one product, and until when? (数据使用许可合同)"""
